package ticket

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"citrus.cx/channel/ent/db/unknownvalue"
	"citrus.cx/channel/server/reclameaqui"
)

// strange is something in a complaint that we have no word for (rule S5): shown on its ticket as it came, and
// counted for the integration by what holds nothing that a consumer wrote.
type strange struct {
	kind unknownvalue.Kind
	// value is what is counted: a number of RA's, or the path of a key.
	value string
	path  string
	text  string
	// shown is false for what has a word and yet moves no ticket.
	shown bool
}

// What we have words for, by the sections of the wire contract: 4.1, 4.2, 4.3 and 4.4. 11 (moderation) is a
// status that we know; rule T3 has it counted all the same.
var (
	complaintStatuses = []int64{5, 6, 7, 8, 9, 10, 11, 12, 13, 17, 18, 19, 20}
	panelStatuses     = []int64{1, 2, 3, 4, 15, 16, 17, 21, 22}
	interactionTypes  = []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 151}
)

const statusModeration = 11

// strangeOf finds what is strange in a complaint: each once, in the order of the paths.
func strangeOf(c reclameaqui.Complaint) []strange {
	var out []strange
	add := func(kind unknownvalue.Kind, path string, id int64) {
		number := strconv.FormatInt(id, 10)
		out = append(out, strange{kind: kind, value: number, path: path, text: number, shown: id != statusModeration || path != "ra_status.id"})
	}
	if id := c.RAStatus.ID; id != 0 && (!slices.Contains(complaintStatuses, id) || id == statusModeration) {
		add(unknownvalue.KindCOMPLAINT_STATUS, "ra_status.id", id)
	}
	if id := c.HugmeStatus.ID; id != 0 && !slices.Contains(panelStatuses, id) {
		add(unknownvalue.KindPANEL_STATUS, "hugme_status.id", id)
	}
	for _, in := range c.Interactions {
		if in.TypeID != 0 && !slices.Contains(interactionTypes, in.TypeID) {
			add(unknownvalue.KindINTERACTION_TYPE, "interactions.ticket_interaction_type_id", int64(in.TypeID))
		}
		for _, d := range in.Details {
			if d.TypeID != 0 && d.TypeID != detailIP && detailKinds[d.TypeID] == "" && !slices.Contains(fileDetails, d.TypeID) {
				add(unknownvalue.KindDETAIL_TYPE, "interactions.details.ticket_detail_type_id", int64(d.TypeID))
			}
		}
	}
	for _, a := range c.Attached {
		if a.TypeID != 0 && !slices.Contains(fileDetails, a.TypeID) {
			add(unknownvalue.KindDETAIL_TYPE, "attached.type_detail_id", int64(a.TypeID))
		}
	}
	for path, raw := range c.Unknown {
		out = append(out, strange{kind: unknownvalue.KindFIELD, value: countable(path), path: clip(path, 200), text: asCame(raw), shown: true})
	}
	var fields map[string]json.RawMessage
	if len(c.Odd) > 0 {
		_ = json.Unmarshal(c.Raw, &fields) // it was read before
	}
	for _, path := range c.Odd {
		steps := strings.Split(path, ".")
		text := strings.Join(valuesAt(fields[steps[0]], steps[1:]), ", ")
		out = append(out, strange{kind: unknownvalue.KindSHAPE, value: countable(path), path: clip(path, 200), text: clip(text, maxValue), shown: true})
	}
	slices.SortFunc(out, func(a, b strange) int {
		return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(a.kind, b.kind), cmp.Compare(a.text, b.text))
	})
	return slices.Compact(out)
}

// key is a name as APIs give it to their fields.
var keyName = regexp.MustCompile(`^[A-Za-z0-9_$@-]{1,60}(\.[A-Za-z0-9_$@-]{1,60}){0,2}$`)

// countable is a path that may be counted. Where a key is no name but perhaps something that a person wrote, its
// place alone is.
func countable(path string) string {
	if keyName.MatchString(path) {
		return path
	}
	if parent, _, nested := strings.Cut(path, "."); nested && keyName.MatchString(parent) {
		return parent + ".?"
	}
	return "?"
}

// valuesAt are the values under a path, through arrays, each once. Of an array of objects those elements are
// odd that are none. Of details those values alone are given that are no text, because a text among them
// can be read and may be the consumer's IP.
func valuesAt(raw json.RawMessage, path []string) (values []string) {
	var list []json.RawMessage
	var fields map[string]json.RawMessage
	isList := json.Unmarshal(raw, &list) == nil
	switch {
	case len(path) == 0 && isList && slices.ContainsFunc(list, isObject):
		for _, element := range list {
			if !isObject(element) {
				values = append(values, asCame(element))
			}
		}
		if len(values) > 0 {
			return values
		}
		return []string{asCame(raw)}
	case len(path) == 0:
		return []string{asCame(raw)}
	case isList:
		for _, element := range list {
			for _, v := range valuesAt(element, path) {
				if !slices.Contains(values, v) && len(values) < maxList {
					values = append(values, v)
				}
			}
		}
	case json.Unmarshal(raw, &fields) == nil && fields[path[0]] != nil:
		values = valuesAt(fields[path[0]], path[1:])
		if path[0] == "value" {
			values = slices.DeleteFunc(values, func(v string) bool { return strings.HasPrefix(v, `"`) })
		}
	}
	return values
}

func isObject(raw json.RawMessage) bool { return len(raw) > 0 && raw[0] == '{' }
