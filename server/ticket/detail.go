package ticket

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/reclameaqui"
)

// Reclame Aqui's types of details that the merge itself asks for (section 4.4 of the wire contract).
const (
	detailReason  = 1
	detailFeeling = 2
	detailForm    = 7
	detailIP      = 8
)

// detailKinds are our words for the types of details that are no files, by the values of the contract's
// InteractionDetailKind. The consumer's IP has none: it is of no use to an agent and is not shown.
var detailKinds = map[int]string{
	1: "REASON", 2: "FEELING", 3: "CONTACT", 4: "RESOLVED", 5: "WOULD_RETURN", 6: "RATING", 7: "FORM_ANSWER",
	9: "MODERATION_REASON", 10: "MODERATION_CASE", 11: "MODERATION_DECISION", 12: "MODERATION_REASON_ID", 13: "ACCEPTED",
	14: "REASON_ID", 25: "PUBLIC_ID", 34: "EMAIL", 36: "TARGET_COMPANY", 40: "MODERATED_TITLE",
}

// otherDetail is the kind of a detail that we have no word for.
const otherDetail = "OTHER"

// Limits of what is kept beside the raw form, which has no limit. They are beyond what Reclame Aqui has been seen to send.
const (
	maxValue = 4000 // bytes
	maxList  = 200  // entries
)

// interactionDetails are the details that are no files, and what else Reclame Aqui says of an interaction.
func interactionDetails(in reclameaqui.Interaction) schema.InteractionDetails {
	var out schema.InteractionDetails
	for _, d := range in.Details {
		if d.TypeID == detailIP || slices.Contains(fileDetails, d.TypeID) || len(out.List) == maxList {
			continue
		}
		detail := schema.InteractionDetail{
			TypeID: small(d.TypeID), Kind: cmp.Or(detailKinds[d.TypeID], otherDetail),
			Label: clip(d.Name, 500), Value: clip(d.Value, maxValue),
		}
		if d.Code != nil {
			detail.Code = clip(*d.Code, 200)
		}
		if !slices.Contains(out.List, detail) {
			out.List = append(out.List, detail)
		}
	}
	facts := factList{}
	facts.flag("delivered", in.Delivered)
	facts.flag("readed", in.Read)
	facts.flag("visualized", in.Visualized)
	facts.text("video", in.Video)
	facts.text("picture", in.Picture)
	out.Facts = facts
	return out
}

// detailOf is the value of the first detail of a type in a complaint.
func detailOf(c reclameaqui.Complaint, typeID int) string {
	for _, in := range c.Interactions {
		for _, d := range in.Details {
			if d.TypeID == typeID && d.Value != "" {
				return d.Value
			}
		}
	}
	return ""
}

// firstText is the first text that says something, cut to a number of bytes; nil without one.
func firstText(bytes int, texts ...string) *string {
	for _, s := range texts {
		if s = strings.TrimSpace(s); s != "" {
			return clipPointer(&s, bytes)
		}
	}
	return nil
}

// convertDetails are the parts of a complaint that no list asks for. m has the thread already.
func convertDetails(c reclameaqui.Complaint, m mirror) schema.ComplaintDetails {
	d := schema.ComplaintDetails{
		Responsible: panelUser(c.User.ID, c.User.Name, "", c.User.AssignedAt),
		ModeratedBy: panelUser(c.Moderation.User.ID, c.Moderation.User.Name, "", nil),
		Tags:        normalised(c.Tags, short),
		FormAnswers: formAnswers(m.entries),
		History:     history(c.Historical),
		Duplicates:  duplicates(c),
		Facts:       factsOf(c, m.entries),
	}
	if !c.InsertedAt.IsZero() {
		d.InsertedAt = instant(&c.InsertedAt)
	}
	for _, category := range c.Categories[:min(len(c.Categories), maxList)] {
		d.Categories = append(d.Categories, schema.ComplaintCategory{
			Code: category.Code, Name: clip(category.Description, 500), At: instant(&category.CreatedAt),
		})
	}
	if c.WhatsApp != nil {
		d.WhatsApp = &schema.WhatsApp{Sent: c.WhatsApp.Sent, Evaluated: c.WhatsApp.Evaluated}
	}
	for _, s := range m.strange {
		if s.shown && len(d.Unknown) < maxList {
			d.Unknown = append(d.Unknown, schema.UnknownField{Path: s.path, Value: s.text})
		}
	}
	return d
}

func short(s string) string { return clip(strings.TrimSpace(s), 200) }

func panelUser(id int64, name, email string, since *time.Time) *schema.PanelUser {
	if id == 0 && name == "" {
		return nil
	}
	return &schema.PanelUser{ID: id, Name: clip(name, 300), Email: clip(email, 254), Since: instant(since)}
}

// formAnswers are the answers to the company's own form, wherever in the thread they stand.
func formAnswers(entries []entry) (answers []schema.FormAnswer) {
	for _, e := range entries {
		for _, d := range e.details.List {
			answer := schema.FormAnswer{Question: d.Label, Answer: d.Value}
			if d.TypeID == detailForm && len(answers) < maxList && !slices.Contains(answers, answer) {
				answers = append(answers, answer)
			}
		}
	}
	return answers
}

// historyCreated is the type of the line that begins a history.
const historyCreated = 1

// history sorts RA's own history by time; it comes in no order. Of one moment the creation comes first.
func history(list []reclameaqui.HistoryEntry) []schema.ComplaintHistory {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b reclameaqui.HistoryEntry) int {
		switch {
		case !a.CreatedAt.Equal(b.CreatedAt):
			return a.CreatedAt.Compare(b.CreatedAt)
		case a.Type.ID == b.Type.ID:
			return cmp.Compare(a.ID, b.ID)
		case a.Type.ID == historyCreated:
			return -1
		case b.Type.ID == historyCreated:
			return 1
		}
		return cmp.Compare(a.ID, b.ID)
	})
	var out []schema.ComplaintHistory
	for _, h := range list[max(0, len(list)-maxList):] {
		out = append(out, schema.ComplaintHistory{
			At: instant(&h.CreatedAt), TypeID: small(h.Type.ID), TypeName: clip(h.Type.Name, 200),
			User: panelUser(h.User.ID, h.User.Name, h.UserEmail, nil), Automation: nameOf(h.Auto),
		})
	}
	return out
}

// duplicates are what RA takes for repeats of a complaint. The shape of an element was never seen: an object is
// named by its id, anything else stands as it came.
func duplicates(c reclameaqui.Complaint) []string {
	var out []string
	for _, raw := range slices.Concat(c.DuplicateTicket, c.DuplicateTiqt) {
		text := plainText(raw)
		var object struct{ ID json.RawMessage }
		if json.Unmarshal(raw, &object) == nil && len(object.ID) > 0 {
			text = plainText(object.ID)
		}
		if text != "" && text != "-1" && len(out) < maxList && !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}

// plainText is a JSON value for people: a string without its quotes; null is nothing.
func plainText(raw json.RawMessage) string {
	var s string // stays empty for null
	if json.Unmarshal(raw, &s) == nil {
		return clip(s, maxValue)
	}
	return asCame(raw)
}

// asCame is a JSON value as it came, without the space between its parts.
func asCame(raw json.RawMessage) string {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return clip(string(raw), maxValue)
	}
	return clip(b.String(), maxValue)
}

// nameOf is a named thing in a word: its name, else its number; "" for nothing.
func nameOf(n reclameaqui.Named) string {
	if n.Name == "" && n.ID != 0 {
		return strconv.FormatInt(n.ID, 10)
	}
	return clip(n.Name, 300)
}
