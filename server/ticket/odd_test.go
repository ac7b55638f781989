package ticket

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/server/reclameaqui"
	_ "citrus.cx/channel/server/seeded"
)

// oddities are the rows of a page that has every oddity of section 3 of the wire contract.
func oddities(t testing.TB) (rows []json.RawMessage) {
	t.Helper()
	page, err := os.ReadFile("testdata/every-oddity.json")
	if err != nil {
		t.Fatal(err)
	}
	page = bytes.ReplaceAll(page, []byte("⟦bytes⟧"), []byte("\xff\xfe"))
	page = bytes.ReplaceAll(page, []byte("⟦long⟧"), bytes.Repeat([]byte("á"), 50))
	var envelope struct{ Data []json.RawMessage }
	if err := json.Unmarshal(page, &envelope); err != nil {
		t.Fatal(err)
	}
	return envelope.Data
}

// FuzzMerge: whatever Reclame Aqui sends with an id becomes a ticket.
func FuzzMerge(f *testing.F) {
	for _, row := range oddities(f) {
		f.Add([]byte(row))
	}
	f.Fuzz(func(t *testing.T, raw []byte) { becomesATicket(t, raw) })
}

// The same with values of one shape put where others belong, at any depth: the fuzzer seldom gets past the braces.
func TestValuesInTheWrongPlaces(t *testing.T) {
	rows := slices.DeleteFunc(oddities(t), func(row json.RawMessage) bool { return !becomesATicket(t, row) })
	rapid.Check(t, func(r *rapid.T) {
		for range 20 {
			raw := deformed(r, rows[rapid.IntRange(0, len(rows)-1).Draw(r, "row")])
			if !becomesATicket(r, raw) {
				r.Fatalf("lost: %.2000s", raw)
			}
		}
	})
}

// tester is what a property fails by.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

// becomesATicket holds that a complaint becomes a ticket which both databases can keep, that the same read again changes
// nothing, and that nothing breaks when it is merged into another state. It is false for what has no id: package
// reclameaqui holds that none with one is refused.
func becomesATicket(t tester, raw []byte) bool {
	t.Helper()
	c, err := reclameaqui.ReadComplaint(raw)
	if err != nil {
		return false
	}
	m := convert(c, noon)
	if m.complaintID != c.ID || !bytes.Equal(m.raw, raw) {
		t.Fatalf("complaint %d became %d", c.ID, m.complaintID)
	}
	keepable(t, m)
	known, thread := standing(c, ticket.StatusAWAITING_RETURN)
	if d := merge(known, thread, m.keeping(known), Defaults{}); !d.unchanged() || len(d.replaced) > 0 {
		t.Fatalf("read again it changes %v, %v", d.changes, d.replaced)
	}
	known.Edges.RawComplaint = nil
	merge(known, nil, m.keeping(known), Defaults{})
	before, beforeThread := standing(made(1, answer, replica), ticket.StatusIN_PROGRESS)
	merge(before, beforeThread, m.keeping(before), Defaults{DefaultSolutionID: defaultSolution})
	return true
}

// keepable holds a mirror to what the columns take.
func keepable(t tester, m mirror) {
	t.Helper()
	limits := map[string]int{
		m.sourceID: 40, m.raStatusName: 200, m.panelStatusName: 200, m.person.name: 300, deref(m.reason): 500, deref(m.feeling): 200,
		deref(m.moderationStatus): 200, deref(m.moderationReason): 200, deref(m.deactivationReason): 500, deref(m.evaluationRequestName): 200,
		deref(m.person.companyName): 300, deref(m.person.birthDate): 10, deref(m.person.gender): 50, deref(m.person.city): 200,
		deref(m.person.state): 200, folded(m.person.name): 400,
	}
	seen := map[string]bool{}
	for _, e := range m.entries {
		if e.sourceID == "" || seen[e.sourceID] {
			t.Fatalf("the interaction %q cannot be kept", e.sourceID)
		}
		seen[e.sourceID] = true
		limits[e.sourceID], limits[deref(e.authorName)], limits[deref(e.typeName)] = 40, 300, 200
		files := map[string]bool{}
		for _, file := range e.files {
			if file.sourceID == "" || files[file.sourceID] {
				t.Fatalf("the file %q cannot be kept", file.sourceID)
			}
			files[file.sourceID] = true
			limits[file.sourceID], limits[file.name] = 40, 500
		}
	}
	for _, s := range m.strange {
		limits[s.value] = 200
	}
	for _, k := range m.person.keys() {
		limits[k.value] = maxEmail
	}
	for text, limit := range limits {
		if len(text) > limit {
			t.Fatalf("%d bytes where %d fit: %q", len(text), limit, text)
		}
	}
	for text := range texts(reflect.ValueOf(m)) {
		if strings.ContainsAny(text, "\x00\r") || !utf8.ValidString(text) {
			t.Fatalf("a text that cannot be kept: %q", text)
		}
	}
}

// texts are all texts inside a value, but bytes and what only the parser keeps.
func texts(v reflect.Value) func(yield func(string) bool) {
	return func(yield func(string) bool) { walk(v, yield) }
}

func walk(v reflect.Value, yield func(string) bool) bool {
	switch v.Kind() {
	case reflect.String:
		return yield(v.String())
	case reflect.Pointer:
		return v.IsNil() || walk(v.Elem(), yield)
	case reflect.Slice:
		for i := range v.Len() {
			if v.Type().Elem().Kind() != reflect.Uint8 && !walk(v.Index(i), yield) {
				return false
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if name := v.Type().Field(i).Name; name != "odd" && v.Type().String() != "time.Time" && !walk(v.Field(i), yield) {
				return false
			}
		}
	}
	return true
}

// Rule S5, on both databases: no complaint with an id is lost, whatever shape its values have.
func TestNoComplaintIsLost(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		rows := oddities(t)
		next := int64(0)
		rapid.Check(t, func(r *rapid.T) {
			var page []reclameaqui.Complaint
			for range rapid.IntRange(1, 4).Draw(r, "rows") {
				next++
				page = append(page, bent(r, rows[rapid.IntRange(0, len(rows)-1).Draw(r, "row")], next/2+1))
			}
			w.now = w.now.Add(1)
			report, err := w.store.Merge(context.Background(), Read{Defaults: w.defaults, Cause: "INCREMENTAL_SYNC", Complaints: page, At: w.now})
			if err != nil || len(report.Failed) > 0 {
				r.Fatalf("%+v, %v", report, err)
			}
			for _, c := range page {
				if n := w.Reader.Ticket.Query().Where(ticket.ComplaintID(c.ID)).CountX(context.Background()); n != 1 {
					r.Fatalf("complaint %d has %d tickets", c.ID, n)
				}
			}
		})
		w.events(t)
	})
}

// bent is a row with another id and some values of another shape.
func bent(r *rapid.T, row json.RawMessage, id int64) reclameaqui.Complaint {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(deformed(r, row), &fields); err != nil {
		r.Fatal(err)
	}
	fields["id"] = fmt.Append(nil, id)
	raw, err := json.Marshal(fields)
	if err != nil {
		r.Fatal(err)
	}
	c, err := reclameaqui.ReadComplaint(raw)
	if err != nil {
		r.Fatal(err)
	}
	return c
}

// deformed is a row in which some values stand where others belong. Its id stays.
func deformed(r *rapid.T, row json.RawMessage) json.RawMessage {
	var tree map[string]any
	if err := json.Unmarshal(row, &tree); err != nil {
		r.Fatal(err)
	}
	id := tree["id"]
	var places []func(any)
	var values []any
	visit(tree, func(value any, put func(any)) { places, values = append(places, put), append(values, value) })
	values = append(values, nil, -1, "-1", "", []any{}, map[string]any{}, []any{map[string]any{}}, 1e300, 9007199254740993, "\x00\r\n\r", "2026-13-45", true,
		map[string]any{"id": 7, "name": "\r"}, strings.Repeat("x", 5000), []any{nil, "1", 2, []any{3}}, "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z")
	for range rapid.IntRange(0, 8).Draw(r, "deformations") {
		place := rapid.IntRange(0, len(places)-1).Draw(r, "place")
		copied, err := json.Marshal(values[rapid.IntRange(0, len(values)-1).Draw(r, "value")])
		if err != nil {
			r.Fatal(err)
		}
		places[place](json.RawMessage(copied)) // a copy: a tree that holds itself has no end
	}
	tree["id"] = id
	raw, err := json.Marshal(tree)
	if err != nil {
		r.Fatal(err)
	}
	return raw
}

// visit goes to every place of a tree, in an order of its own.
func visit(v any, at func(value any, put func(any))) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			at(v[key], func(other any) { v[key] = other })
			visit(v[key], at)
		}
	case []any:
		for i := range v {
			at(v[i], func(other any) { v[i] = other })
			visit(v[i], at)
		}
	}
}
