package reclameaqui

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
)

var errNoID = errors.New("no readable positive id")

// ReadComplaint reads one complaint. It fails only for what is no object or has no readable positive id; see Complaint.Odd for the rest.
func ReadComplaint(raw json.RawMessage) (Complaint, error) {
	if !json.Valid(raw) {
		return Complaint{Raw: bytes.Clone(raw)}, errNotObject
	}
	return readComplaint(raw)
}

// readComplaint reads a complaint from valid JSON. Whatever it keeps of it is a part of its own copy.
func readComplaint(raw json.RawMessage) (Complaint, error) {
	raw = bytes.Clone(raw)
	o, ok := newObject(raw)
	if !ok {
		return Complaint{Raw: raw}, errNotObject
	}
	c := Complaint{ID: o.id("id"), Raw: raw}
	if c.ID == 0 {
		return c, errNoID
	}
	c.readState(o)
	c.readText(o)
	c.readTimes(o)
	c.readEvaluation(o)
	c.readPeople(o)
	c.readCounts(o)
	c.readLists(o)
	o.leave()
	c.Unknown, c.Odd = o.found.unknown, o.found.odd
	return c, nil
}

func (c *Complaint) readState(o object) {
	c.SourceID = o.idText("source_external_id")
	c.StorageID = o.text("_id")
	c.Company = o.named("company")
	c.RAStatus = o.named("ra_status")
	c.HugmeStatus = o.named("hugme_status")
	c.InformationSource = o.named("information_source")
	c.Source = o.named("source")
	c.Account = o.named("account")
	c.FeedType = o.named("feed_type")
	c.LastFeeling = o.named("last_feeling")
	o.within("favorable_assessment", func(in object) {
		c.FavorableAssessment = Assessment{ID: in.id("id"), Description: in.text("description")}
	})
	c.RequestModeration = o.flag("request_moderation")
	c.RequestEvaluation = o.flag("request_evaluation")
	c.Frozen = o.flag("frozen")
	c.Filed = o.flag("filed")
	c.CanLike = o.flag("can_like")
	c.Commentary = o.flag("commentary")
	c.readActive(o)
	c.RuleID = o.id("rule_id")
	c.HugmeTicketType = o.text("hugme_ticket_type")
	o.within("whatsapp", func(in object) {
		c.WhatsApp = &WhatsApp{Sent: in.flag("sent"), Evaluated: in.flag("evaluated")}
	})
}

// readActive takes active, which only an explicit no makes false: a complaint must not look withdrawn because RA left a key out.
func (c *Complaint) readActive(o object) {
	raw := o.take("active")
	active, ok := readBool(raw)
	if !ok {
		o.note("active")
	}
	c.Active = active || !ok || isNothing(raw)
}

func (c *Complaint) readText(o object) {
	c.Title = o.prose("complaint_title")
	c.Content = o.prose("complaint_content")
	c.ResponseContent = o.proseOrNil("complaint_response_content")
	c.Reason = o.text("ra_reason")
	c.Feeling = o.text("ra_feeling")
	c.RedistributionsReason = o.text("redistributions_reason")
	c.ContactUs = o.text("contact_us")
	c.RatingTime = o.text("rating_time")
	c.PublicTreatmentTime = o.text("public_treatment_time")
	c.PrivateTreatmentTime = o.text("private_treatment_time")
}

func (c *Complaint) readTimes(o object) {
	c.CreatedAt = o.at("creation_date")
	c.InsertedAt = o.at("insertion_date")
	c.ModifiedAt = o.at("last_modification_date")
	c.ClosedAt = o.atOrNil("closed_date")
	c.LastReplicaAt = o.atOrNil("last_replica_date")
	c.ResponseAt = o.atOrNil("complaint_response_date")
}

func (c *Complaint) readEvaluation(o object) {
	c.RatingText = o.text("rating")
	if _, ok := readRating(c.RatingText); !ok && c.RatingText != "" && c.RatingText != "-1" {
		o.note("rating")
	}
	if c.RatingText == "-1" {
		c.RatingText = ""
	}
	c.RatedAt = o.atOrNil("rating_date")
	c.ResolvedIssue = o.flag("resolved_issue")
	c.BackDoingBusiness = o.flag("back_doing_business")
	c.RatingWithoutResponse = o.flag("rating_without_response")
	c.ConsumerConsideration = o.proseOrNil("consumer_consideration")
	c.ConsumerConsiderationAt = o.atOrNil("consumer_consideration_date")
	c.CompanyConsideration = o.proseOrNil("company_consideration")
	c.CompanyConsiderationAt = o.atOrNil("company_consideration_date")
}

func (c *Complaint) readPeople(o object) {
	o.within("user", func(in object) {
		c.User = User{ID: in.id("id"), Name: in.text("name"), AssignedAt: in.atOrNil("assignment_date")}
	})
	o.within("customer", func(in object) { c.Customer = readCustomer(in) })
	o.within("moderation", func(in object) {
		c.Moderation = Moderation{
			User:        in.named("user"),
			Status:      in.textOrNil("status"),
			Reason:      in.textOrNil("reason"),
			RequestedAt: in.atOrNil("request_date"),
			AnsweredAt:  in.atOrNil("response_date"),
		}
	})
	o.within("ra", func(in object) {
		c.RA = RADetails{
			ReplicasCount:      in.count("replicas_count"),
			SourceID:           in.id("source_id"),
			SourceName:         in.text("source_name"),
			DeactivatedAt:      in.atOrNil("deactivation_date"),
			DeactivationReason: in.text("deactivation_reason"),
			InternalProcess:    in.flag("internal_process"),
			BlackFriday:        in.flag("blackfriday"),
		}
	})
	o.within("rafone", func(in object) {
		c.RAPhone = RAPhone{ExpiresAt: in.atOrNil("expiration_date"), StatusID: in.id("status_id"), StatusName: in.text("status_name")}
	})
}

func (c *Complaint) readCounts(o object) {
	c.Counts = Counts{
		Interactions:         o.count("interactions_count"),
		InteractionsUnread:   o.count("interactions_not_readed_count"),
		CustomerInteractions: o.count("customer_interactions_count"),
		CompanyInteractions:  o.count("company_interactions_count"),
		Comments:             o.count("comments_count"),
		Redistributions:      o.count("redistributions_count"),
		Moderations:          o.count("ticket_moderations_count"),
		Messages:             o.count("ticket_messages_count"),
		Assignments:          o.count("assignment_count"),
	}
}

func (c *Complaint) readLists(o object) {
	o.each("interactions", func(in object) { c.Interactions = append(c.Interactions, readInteraction(in)) })
	o.each("attached", func(in object) { c.Attached = append(c.Attached, readAttached(in)) })
	o.each("categories", func(in object) {
		c.Categories = append(c.Categories, Category{
			ID: in.id("id"), Code: in.id("code"), Description: in.text("description"), CreatedAt: in.at("creation_date"),
		})
	})
	o.each("historical", func(in object) { c.Historical = append(c.Historical, readHistory(in)) })
	c.Tags = o.texts("tags")
	c.StickyNotes = o.list("sticky_notes")
	c.Autos = o.list("autos")
	c.PersonalizedFields = o.list("personalized_fields")
	c.DuplicateTicket = o.list("duplicate_ticket")
	c.DuplicateTiqt = o.list("duplicate_tiqt")
	o.within("extra_data", func(in object) {
		c.ExtraData = maps.Clone(in.fields)
		clear(in.fields) // all of it is kept
	})
}

func readAttached(in object) Attached {
	return Attached{
		ID:        in.idText("id"),
		TypeID:    in.count("type_detail_id"),
		Name:      in.text("name"),
		Value:     in.text("detail_description"),
		Private:   in.flag("privacy"),
		CreatedAt: in.at("creation_date"),
	}
}

func readHistory(in object) HistoryEntry {
	entry := HistoryEntry{ID: in.id("id"), Type: in.named("type"), Auto: in.named("auto"), CreatedAt: in.at("creation_date")}
	in.within("user", func(user object) {
		entry.User = Named{ID: user.id("id"), Name: user.text("name")}
		entry.UserEmail = user.text("email")
	})
	return entry
}
