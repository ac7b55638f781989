package reclameaqui

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
)

// TestAnUnknownKeyIsFoundWhereverItStands adds one key to each object of the example in turn, at any depth.
func TestAnUnknownKeyIsFoundWhereverItStands(t *testing.T) {
	var page struct{ Data []map[string]any }
	if err := json.Unmarshal(example(t), &page); err != nil {
		t.Fatal(err)
	}
	tried := map[string]bool{}
	for _, row := range page.Data {
		eachObject("", row, func(path string, in map[string]any) {
			tried[path] = true
			in["novo"] = "valor"
			defer delete(in, "novo")
			raw, err := json.Marshal(row)
			if err != nil {
				t.Fatal(err)
			}
			c := must[Complaint](t)(ReadComplaint(raw))
			equal(t, path, string(c.Unknown[path+"novo"]), `"valor"`)
			equal(t, path+" unknown", len(c.Unknown), 1)
			equal(t, path+" odd", len(c.Odd), 0)
		})
	}
	for _, path := range []string{"", "customer.state.", "moderation.user.", "interactions.details.", "historical.auto.", "whatsapp."} {
		if !tried[path] {
			t.Errorf("%q was not tried", path)
		}
	}
}

// eachObject visits an object and all inside it.
func eachObject(path string, value any, visit func(string, map[string]any)) {
	switch value := value.(type) {
	case []any:
		for _, element := range value {
			eachObject(path, element, visit)
		}
	case map[string]any:
		keys := make([]string, 0, len(value))
		for key := range value {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			eachObject(path+key+".", value[key], visit)
		}
		if path != "extra_data." { // all of its keys are kept elsewhere
			visit(path, value)
		}
	}
}

func TestTheFirstUnknownValueThatSaysSomethingIsKept(t *testing.T) {
	c := with(t, `"interactions":[{"nota":null},{"nota":[]},{"nota":7,"details":[{"x":1}]},{"nota":8,"details":[{"x":2},{"y":null}]}]`)
	equal(t, "value", string(c.Unknown["interactions.nota"]), "7")
	equal(t, "deeper", string(c.Unknown["interactions.details.x"]), "1")
	equal(t, "nothing", string(c.Unknown["interactions.details.y"]), "null")
	equal(t, "keys", len(c.Unknown), 3)
}

func TestUnknownKeysOfTextsAndPlaces(t *testing.T) {
	c := with(t, `"tags":["a",{"id":1,"name":"b"}],"extra_data":{"any":1},"customer":{"city":{"id":1,"name":"Santos","ibge":3548500},"tags":[{"name":"vip","cor":"azul"}]}`)
	equal(t, "unknown", fmt.Sprint(mapText(c.Unknown)), "map[customer.city.ibge:3548500 customer.tags.cor:\"azul\" tags.id:1]")
	equal(t, "tags", fmt.Sprint(c.Tags, c.Customer.Tags), "[a b] [vip]")
	equal(t, "extra data", fmt.Sprint(mapText(c.ExtraData)), "map[any:1]")
}

func mapText(m map[string]json.RawMessage) map[string]string {
	texts := make(map[string]string, len(m))
	for key, raw := range m {
		texts[key] = string(raw)
	}
	return texts
}

func TestPrivacyIsReadInEveryFormSeen(t *testing.T) {
	for value, want := range map[string]bool{`true`: true, `"true"`: true, `"1"`: true, `1`: true, `false`: false, `"false"`: false, `"0"`: false, `null`: false} {
		c := with(t, `"interactions":[{"privacy":`+value+`,"details":[{"privacy":`+value+`}]}]`)
		equal(t, value, c.Interactions[0].Privacy, want)
		equal(t, value+" of a detail", c.Interactions[0].Details[0].Privacy, want)
		equal(t, value+" odd", len(c.Odd), 0)
	}
}
