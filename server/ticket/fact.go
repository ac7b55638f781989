package ticket

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/reclameaqui"
)

// factList collects the values of a complaint that have no field of their own, under RA's names of them. Absent
// ones, and flags that are not set, are left out.
type factList []schema.Fact

func (f *factList) text(name, value string) {
	if value = clip(strings.TrimSpace(value), maxValue); value != "" && len(*f) < maxList {
		*f = append(*f, schema.Fact{Name: clip(name, 200), Value: value})
	}
}

func (f *factList) flag(name string, set bool) {
	if set {
		f.text(name, "true")
	}
}

func (f *factList) number(name string, n int64) {
	if n != 0 {
		f.text(name, strconv.FormatInt(n, 10))
	}
}

func (f *factList) moment(name string, at *time.Time) { f.text(name, moment(at)) }

func (f *factList) raw(name string, list []json.RawMessage) {
	for _, value := range list {
		f.text(name, plainText(value))
	}
}

// factsOf are the facts of a complaint, in RA's order as far as it has one.
func factsOf(c reclameaqui.Complaint, entries []entry) factList {
	f := factList{}
	f.origin(c)
	f.customer(c.Customer)
	f.panel(c)
	f.counts(c.Counts)
	if c.ResponseContent != nil && !slices.ContainsFunc(entries, func(e entry) bool { return e.body == clean(*c.ResponseContent) }) {
		f.text("complaint_response_content", *c.ResponseContent)
	}
	f.raw("sticky_notes", c.StickyNotes)
	f.raw("autos", c.Autos)
	f.raw("personalized_fields", c.PersonalizedFields)
	for _, key := range slices.Sorted(maps.Keys(c.ExtraData)) {
		f.text("extra_data."+key, plainText(c.ExtraData[key]))
	}
	return f
}

// origin says where the complaint comes from.
func (f *factList) origin(c reclameaqui.Complaint) {
	f.text("source", nameOf(c.Source))
	f.text("information_source", nameOf(c.InformationSource))
	f.text("ra.source_name", c.RA.SourceName)
	f.flag("ra.internal_process", c.RA.InternalProcess)
	f.flag("ra.blackfriday", c.RA.BlackFriday)
	f.number("ra.replicas_count", int64(c.RA.ReplicasCount))
	f.text("account", nameOf(c.Account))
	f.text("feed_type", nameOf(c.FeedType))
	f.text("last_feeling", nameOf(c.LastFeeling))
	f.text("hugme_ticket_type", c.HugmeTicketType)
}

// customer is what RA says of the consumer beside name, addresses and documents.
func (f *factList) customer(c reclameaqui.Customer) {
	f.text("customer.type", c.Type)
	f.text("customer.state.fs", c.StateCode)
	f.text("customer.rg", strings.Join(c.RG, ", "))
	f.text("customer.photo", strings.Join(c.Photos, ", "))
	f.text("customer.tags", strings.Join(c.Tags, ", "))
	f.number("customer.pending_tickets_count", int64(c.PendingTickets))
}

// panel is how the company treats it in RA's panel.
func (f *factList) panel(c reclameaqui.Complaint) {
	f.flag("filed", c.Filed)
	f.flag("can_like", c.CanLike)
	f.flag("commentary", c.Commentary)
	f.text("contact_us", c.ContactUs)
	f.text("redistributions_reason", c.RedistributionsReason)
	f.number("rule_id", c.RuleID)
	f.text("rating_time", c.RatingTime)
	f.text("public_treatment_time", c.PublicTreatmentTime)
	f.text("private_treatment_time", c.PrivateTreatmentTime)
	f.text("rafone.status_name", c.RAPhone.StatusName)
	f.moment("rafone.expiration_date", c.RAPhone.ExpiresAt)
}

// counts are RA's own counters, which count details as interactions: for people alone.
func (f *factList) counts(c reclameaqui.Counts) {
	f.number("interactions_count", int64(c.Interactions))
	f.number("interactions_not_readed_count", int64(c.InteractionsUnread))
	f.number("customer_interactions_count", int64(c.CustomerInteractions))
	f.number("company_interactions_count", int64(c.CompanyInteractions))
	f.number("comments_count", int64(c.Comments))
	f.number("redistributions_count", int64(c.Redistributions))
	f.number("ticket_moderations_count", int64(c.Moderations))
	f.number("ticket_messages_count", int64(c.Messages))
	f.number("assignment_count", int64(c.Assignments))
}
