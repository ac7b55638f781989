package reclameaqui

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"
)

// Consumption is how much of WhatsApp the licence has used, in RA's words and RA's order: the keys are RA's own and nobody has told
// which they are.
type Consumption []ConsumptionEntry

// ConsumptionEntry is one of RA's keys.
type ConsumptionEntry struct {
	Key string
	// Value is a text, or a number as RA wrote it; of an array or an object its compact JSON, of null "".
	Value string
}

// WhatsAppConsumption reads the consumption of evaluations by WhatsApp (E13).
func (c *Client) WhatsAppConsumption(ctx context.Context) (Consumption, error) {
	const op = "whatsapp consumption"
	a, err := c.get(ctx, op, "/companies/v1/companies/organization/whatsapp/consumption", nil)
	if err != nil {
		return nil, err
	}
	consumption, err := readConsumption(a.body)
	if err != nil {
		return nil, unreadable(op, a, err)
	}
	return consumption, nil
}

// refuses says whether the object is RA's body of an error, for where any object would do.
func (o object) refuses() bool {
	_, says := o.fields["success"]
	success, _ := readBool(o.fields["success"])
	return says && !success
}

// readConsumption reads an object of any keys. What stands in an envelope's data is read as if it stood alone, before what stands
// beside it; the elements of an array are numbered from 1 unless there is only one.
func readConsumption(body []byte) (Consumption, error) {
	raw := json.RawMessage(bytes.TrimSpace(bytes.TrimPrefix(body, bom)))
	if !json.Valid(raw) {
		return nil, errShape
	}
	list := elements(raw)
	o, _ := newObject(raw)
	switch {
	case o.refuses():
		return nil, errShape
	case isNothing(raw):
		return nil, nil
	case len(list) == 1 && isObject(list[0]):
		return readEntries(list[0]), nil
	case isObject(raw):
		return readEntries(raw), nil
	case !isArray(raw):
		return nil, errShape
	}
	consumption := make(Consumption, len(list))
	for i, element := range list {
		consumption[i] = ConsumptionEntry{strconv.Itoa(i + 1), textOfAny(element)}
	}
	return consumption, nil
}

func readEntries(raw json.RawMessage) Consumption {
	var inData, beside Consumption
	for key, value := range membersOf(raw) {
		inner, err := Consumption(nil), errShape
		if key == "data" {
			inner, err = readConsumption(value)
		}
		if err == nil {
			inData = append(inData, inner...)
			continue
		}
		beside = append(beside, ConsumptionEntry{key, textOfAny(value)})
	}
	return append(inData, beside...)
}

// textOfAny is a value as text, whatever it is.
func textOfAny(raw json.RawMessage) string {
	if text, ok := readText(raw); ok {
		return text
	}
	var compact bytes.Buffer
	if json.Compact(&compact, raw) != nil {
		return string(raw)
	}
	return compact.String()
}
