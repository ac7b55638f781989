package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// show is a complaint as the API writes it now: as it is, unless a switch or a defect has it written in another way.
func (s *Server) show(t *Ticket, sw Switches) any {
	broken := t.own.Malformed || malformed(t.ID, s.ledger.current().MalformedPercent)
	if sw.View == (View{}) && !broken {
		return t
	}
	shape := object(t)
	sw.place(shape)
	sw.omit(shape)
	sw.reorder(shape, t.ID)
	sw.texts(shape)
	if sw.PrivacyText {
		walk(shape, "privacy", func(v any) any { return strconv.FormatBool(v == true) })
	}
	if sw.UnknownIDs && t.ID%3 == 0 {
		unknownIDs(shape)
	}
	if sw.UnknownFields {
		unknownFields(shape)
	}
	if sw.IDText {
		textIDs(shape)
	}
	if broken {
		return breakShape(shape, t.ID, t.brokenWay())
	}
	return shape
}

// object is a value as loose JSON.
func object(value any) map[string]any {
	b, err := json.Marshal(value)
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	m := map[string]any{}
	if err := d.Decode(&m); err != nil {
		return map[string]any{"error": err.Error()}
	}
	return m
}

// walk changes every value of a key, at any depth.
func walk(value any, key string, change func(any) any) {
	switch v := value.(type) {
	case map[string]any:
		for k := range v {
			if k == key {
				v[k] = change(v[k])
			} else {
				walk(v[k], key, change)
			}
		}
	case []any:
		for _, each := range v {
			walk(each, key, change)
		}
	}
}

func (w View) place(shape map[string]any) {
	customer, isObject := shape["customer"].(map[string]any)
	if !w.PlaceText || !isObject {
		return
	}
	for key, inner := range map[string]string{"city": "name", "state": "fs"} {
		text := ""
		if list, isList := customer[key].([]any); isList && len(list) > 0 {
			text, _ = list[0].(map[string]any)[inner].(string) // as wire.go has it
		}
		customer[key] = text
	}
}

func (w View) omit(shape map[string]any) {
	if moderation, isObject := shape["moderation"].(map[string]any); w.ModerationNull && isObject && moderation["request_date"] == nil {
		shape["moderation"] = nil
	}
	if list, isList := shape["attached"].([]any); w.AttachedAbsent && isList && len(list) == 0 {
		delete(shape, "attached")
	}
	if w.WhatsappAbsent && shape["whatsapp"] == nil {
		delete(shape, "whatsapp")
	}
	if w.RuleAbsent {
		shape["rule_id"] = -1
	}
	for _, key := range []string{"ra_status", "hugme_status"} {
		if status, isObject := shape[key].(map[string]any); w.PlainNames && isObject {
			status["name"] = strings.ToUpper(folded(fmt.Sprint(status["name"])))
		}
	}
	if w.RatingNull && shape["rating"] == "-1" {
		shape["rating"] = nil
	}
}

// texts writes what people said in another way.
func (w View) texts(shape map[string]any) {
	if moderation, isObject := shape["moderation"].(map[string]any); w.ReasonText && isObject && moderation["reason"] != nil {
		moderation["reason"] = fmt.Sprint(moderation["reason"])
	}
	list, _ := shape["interactions"].([]any) // as wire.go has it
	for _, each := range list {
		in, _ := each.(map[string]any)
		switch in["ticket_interaction_type_id"] {
		case json.Number("9"), json.Number("10"), json.Number("151"):
			if w.SystemTextNull {
				in["message"] = nil
			}
		}
	}
	if !w.TextsHTML {
		return
	}
	for _, key := range []string{"message", "complaint_content", "complaint_response_content", "consumer_consideration", "company_consideration"} {
		walk(shape, key, func(v any) any {
			if text, isText := v.(string); isText {
				return "<p>" + strings.ReplaceAll(html.EscapeString(text), "\n", "<br>") + "</p>"
			}
			return v
		})
	}
}

func (w View) reorder(shape map[string]any, id int64) {
	list, isList := shape["interactions"].([]any)
	if !isList {
		return
	}
	switch w.InteractionOrder {
	case "newest":
		slices.Reverse(list)
	case "mixed":
		r := rand.New(rand.NewPCG(uint64(id), 0))
		r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	}
}

// textIDs swaps numbers and texts in every id.
func textIDs(shape map[string]any) {
	for _, key := range []string{"id", "customer_id", "responsible_id", "ticket_interaction_id", "ticket_interaction_type_id", "ticket_detail_id", "ticket_detail_type_id", "type_detail_id", "rule_id", "status_id", "source_external_id"} {
		walk(shape, key, func(v any) any {
			switch id := v.(type) {
			case json.Number:
				return id.String()
			case string:
				return json.Number(id)
			}
			return v
		})
	}
}

func unknownIDs(shape map[string]any) {
	shape["ra_status"] = map[string]any{"id": 77, "name": "Situação nova"}
	shape["hugme_status"] = map[string]any{"id": 88, "name": "Outra situação nova"}
	list, isList := shape["interactions"].([]any)
	if !isList || len(list) == 0 {
		return
	}
	first := list[0].(map[string]any) // as wire.go has it
	more := map[string]any{}
	for key, value := range first {
		more[key] = value
	}
	more["ticket_interaction_id"], more["ticket_interaction_type_id"] = first["ticket_interaction_id"].(string)+"99", 99
	more["ticket_interaction_name"], more["customer_id"], more["message"] = "Interação nova", nil, "De um tipo que ninguém conhece."
	more["details"] = []any{map[string]any{
		"ticket_detail_id": "1", "ticket_detail_type_id": 99, "name": "Detalhe novo", "value": "x", "code": nil,
		"creation_date": first["creation_date"], "privacy": false, "modification_date": nil,
	}}
	shape["interactions"] = append(list, more)
}

func unknownFields(value any) {
	switch v := value.(type) {
	case map[string]any:
		for _, each := range v {
			unknownFields(each)
		}
		v["new_field"] = map[string]any{"id": 1, "values": []any{"a", 2, nil}}
	case []any:
		for _, each := range v {
			unknownFields(each)
		}
	}
}

// malformed draws whether a complaint is among the broken ones, the same for the same id.
func malformed(id int64, percent int) bool {
	return percent > 0 && rand.New(rand.NewPCG(uint64(id), 1)).IntN(100) < percent
}

// SetMalformed has a share of all complaints written in a broken shape; 0 heals them. Complaints that were broken singly
// stay so.
func (s *Server) SetMalformed(percent int) error {
	if percent < 0 || percent > 100 {
		return &InputError{"percent", "deve estar entre 0 e 100"}
	}
	return s.ledger.set(func(set *settings) { set.MalformedPercent = percent })
}
