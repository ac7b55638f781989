package callback

import (
	"bytes"
	"slices"
	"strings"

	"citrus.cx/channel/ent/db/hint"
	"citrus.cx/channel/server/inbox"
)

// Bounds of what is read from a body, whoever wrote it.
const (
	maxReferences = 50
	maxDepth      = 32
	maxFields     = 1000
	maxDigits     = 18 // what surely fits into an int64
)

// What Reclame Aqui sends is unknown, so these are the names that its API, public clients and
// other systems' notifications use (section 6 of the notes on its API). Compared in lower case.
var (
	// complaintKeys name RA's ticket id wherever they stand: one, or a list of them.
	complaintKeys = set("ticket_id", "ticketid", "complaint_id", "complaintid", "hugme_id", "hugmeid",
		"ticket_ids", "ticketids", "complaint_ids", "complaintids", "hugme_ids", "hugmeids",
		"ticket", "tickets", "complaint", "complaints")
	// sourceKeys name the site's complaint id.
	sourceKeys = set(sourceExternalID, "sourceexternalid", "id_ra", "idra")
	// idKeys name an id of whatever they stand in.
	idKeys = set("id", "ids")
	// containers hold a ticket or a list of tickets.
	containers = set("data", "tickets", "items", "complaints", "ticket", "complaint", "payload", "resource")
	// markers stand in every ticket of RA's: an object with one of them is a ticket, or a part of one.
	markers = set("ra_status", "hugme_status", "complaint_title", sourceExternalID, "creation_date")
)

const sourceExternalID = "source_external_id"

func set(keys ...string) map[string]bool {
	m := make(map[string]bool, len(keys))
	for _, k := range keys {
		m[k] = true
	}
	return m
}

// Extract reads from a notification which complaints it hints at: 1 to 50 references without
// repeats, in the order of the body. It never fails: a body that names no complaint gives the
// one reference POLL, and one that names more than fit ends with POLL. It looks at JSON at any
// depth up to 32, at forms, and at JSON inside of either; what the content type claims decides
// only where the body itself does not.
func Extract(contentType string, body []byte) []inbox.Reference {
	if len(body) > maxBody {
		return []inbox.Reference{inbox.Poll}
	}
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	w := &walker{}
	if text := strings.TrimSpace(string(body)); looksJSON(text) || strings.HasPrefix(text, `"`) {
		return w.conclude(w.json(text, true, 0))
	}
	return w.conclude(w.form(Fields(contentType, body)))
}

// conclude takes what the strict rules found, else what the loose one did, else nothing: POLL.
func (w *walker) conclude(strict []candidate) []inbox.Reference {
	found := strict
	if len(found) == 0 {
		found = w.loose
	}
	refs := make([]inbox.Reference, 0, min(len(found)+1, maxReferences))
	for _, c := range found {
		refs = append(refs, c.Reference)
	}
	if len(refs) == 0 || w.overflow {
		refs = append(refs[:min(len(refs), maxReferences-1)], inbox.Poll)
	}
	return refs
}

// candidate is a reference on its way up through the objects that contain it.
type candidate struct {
	inbox.Reference
	// named: a ticket's own key says so, wherever that stands.
	named bool
	// through: it comes out of a container of the object that looks at it.
	through bool
}

// complaint makes a candidate of RA's ticket id.
func complaint(id string, named bool) candidate {
	return candidate{Reference: inbox.Reference{Kind: hint.KindCOMPLAINT, Value: id}, named: named}
}

// source makes a candidate of the site's complaint id.
func source(id string) candidate {
	return candidate{Reference: inbox.Reference{Kind: hint.KindSOURCE, Value: id}}
}

// add appends what is not there yet, up to the bound.
func (w *walker) add(list []candidate, c candidate) []candidate {
	at := slices.IndexFunc(list, func(have candidate) bool { return have.Reference == c.Reference })
	switch {
	case at >= 0:
		list[at].named = list[at].named || c.named
		list[at].through = list[at].through || c.through
		return list
	case len(list) == maxReferences:
		w.overflow = true
		return list
	}
	return append(list, c)
}

// object is what has been seen of one object, or of one group of form fields.
type object struct {
	// ticket: it stands where tickets stand, or has a marker.
	ticket bool
	// ids is what key "id" says, as often as it stands there; they count in a ticket alone.
	ids     []candidate
	sources []candidate // what source_external_id says
	named   []candidate // what keys of their own say
	inside  []candidate // what is found in its members
}

// scalar takes a member that is a text or a number, or one of a list of them.
func (w *walker) scalar(o *object, key, text string) {
	switch {
	case idKeys[key], complaintKeys[key]:
		// Numeric ids: leading zeros are the sender's formatting.
		number := strings.TrimLeft(digits(text), "0")
		switch {
		case number == "":
		case idKeys[key]:
			o.ids = w.add(o.ids, complaint(number, false))
			w.loose = w.add(w.loose, complaint(number, false))
		default:
			o.named = w.add(o.named, complaint(number, true))
		}
	case sourceKeys[key]:
		switch id := digits(text); {
		case id == "":
		case key == sourceExternalID:
			o.sources = w.add(o.sources, source(id))
		default:
			o.named = w.add(o.named, source(id))
		}
	}
}

// digits is a text that is nothing but a positive whole number of at most 18 digits, else "".
func digits(text string) string {
	text = strings.TrimSpace(text)
	if len(text) > maxDigits || strings.Trim(text, "0123456789") != "" || strings.Trim(text, "0") == "" {
		return ""
	}
	return text
}

// below takes what was found inside of a member that is an object, a list or a text of JSON.
func (w *walker) below(o *object, key string, found []candidate) {
	for _, c := range found {
		c.through = containers[key]
		o.inside = w.add(o.inside, c)
	}
}

// found is what an object points at. One that names a complaint speaks for all in it: the ids
// inside of a ticket are those of its customer, status, interactions. What it says of other
// tickets, by a ticket's key or in a container, still counts.
func (w *walker) found(o *object) []candidate {
	own := o.named
	if o.ticket {
		for _, c := range o.ids {
			own = w.add(own, c)
		}
	}
	known := slices.ContainsFunc(own, func(c candidate) bool { return c.Kind == hint.KindCOMPLAINT })
	if !known {
		for _, c := range o.sources {
			own = w.add(own, c)
		}
	}
	speaks := len(own) > 0
	for _, c := range o.inside {
		if !speaks || c.named || c.through {
			c.through = false
			own = w.add(own, c)
		}
	}
	return own
}
