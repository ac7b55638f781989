package graph

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/graph/internal/exec"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
)

// first is the cursor of the first entry of a list.
func (w *world) first(t *testing.T, list string) string {
	t.Helper()
	var page struct {
		Edges []struct{ Cursor string }
	}
	got := w.ask(t, user.RoleADMIN, `{ list: `+list+` { edges { cursor } } }`, nil)
	if err := json.Unmarshal(got.Data["list"], &page); err != nil || len(page.Edges) == 0 {
		t.Fatalf("%s: %v %v", list, got.Errors, err)
	}
	return page.Edges[0].Cursor
}

// A cursor goes on in the list and the order that it is of; anywhere else, and what is no cursor, is refused at its argument.
func TestACursorIsOfItsList(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		w := newWorld(t, d)
		if _, err := w.Writer.SyncGroup.Create().SetName("a").SetNameFolded("a").SetCode("a").SetCodeFolded("a").SetPriority(300).Save(t.Context()); err != nil {
			t.Fatal(err)
		}
		region, byName := w.first(t, `regions(first: 1)`), w.first(t, `regions(first: 1, orderBy: {field: NAME})`)
		var live string
		if err := unmarshal(w.ask(t, user.RoleADMIN, `{ eventCursor }`, nil), "eventCursor", &live); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ what, list, cursor, code string }{
			{"its own", `regions(after: %q)`, region, ""},
			{"its own, backwards", `regions(last: 2, before: %q)`, region, ""},
			{"in its order", `regions(after: %q, orderBy: {field: NAME})`, byName, ""},
			{"in its order, backwards", `regions(after: %q, orderBy: {field: NAME, direction: DESC})`, byName, ""},
			{"a number's order", `syncGroups(after: %q, orderBy: {field: PRIORITY})`, w.first(t, `syncGroups(first: 1, orderBy: {field: PRIORITY})`), ""},
			{"a moment's order", `tickets(after: %q, orderBy: {field: OCCURRED_AT})`, w.first(t, `tickets(first: 1, orderBy: {field: OCCURRED_AT})`), ""},
			{"of another list", `sectors(after: %q)`, region, "INVALID"},
			{"of another list, backwards", `sectors(last: 1, before: %q)`, region, "INVALID"},
			{"of a list that begins alike", `occurrences(after: %q)`, w.first(t, `occurrenceTypes(first: 1)`), "INVALID"},
			{"of no order", `regions(after: %q, orderBy: {field: NAME})`, region, "INVALID"},
			{"of an order", `regions(after: %q)`, byName, "INVALID"},
			{"of a name where numbers are", `syncGroups(after: %q, orderBy: {field: PRIORITY})`, w.first(t, `syncGroups(first: 1, orderBy: {field: NAME})`), "INVALID"},
			{"of the live log", `tickets(after: %q)`, live, "INVALID"},
			{"cut off", `regions(after: %q)`, region[:len(region)-3], "INVALID"},
			{"with something behind it", `regions(after: %q)`, region + "AAAA", "INVALID"},
			{"with a line's end", `regions(after: %q)`, region + "\n", "INVALID"},
			{"empty", `regions(after: %q)`, "", "INVALID"},
			{"garbage", `regions(after: %q)`, "garbage!", "INVALID"},
			{"JSON", `regions(after: %q)`, `{"id":"reg_1"}`, "INVALID"},
		} {
			written := w.ask(t, user.RoleADMIN, `{ list: `+fmt.Sprintf(c.list, c.cursor)+` { totalCount edges { cursor } } }`, nil)
			sent := w.ask(t, user.RoleADMIN, `query($c: Cursor) { list: `+fmt.Sprintf(strings.ReplaceAll(c.list, "%q", "%s"), "$c")+` { totalCount edges { cursor } } }`,
				map[string]any{"c": c.cursor})
			for how, got := range map[string]result{"written": written, "sent": sent} {
				if got.code() != c.code {
					t.Errorf("%s, %s: %q, want %q: %v", c.what, how, got.code(), c.code, got.Errors)
				}
				if c.code == "" {
					continue
				}
				argument := "after"
				if strings.Contains(c.list, "before") {
					argument = "before"
				}
				e := got.Errors[0]
				if fmt.Sprint(e.Path) != "[list "+argument+"]" || !strings.Contains(e.Message, "cursor") || strings.Contains(e.Message, "byte") || strings.Contains(e.Message, "decode") {
					t.Errorf("%s, %s: %q at %v", c.what, how, e.Message, e.Path)
				}
			}
		}
	})
}

// A list that was added says here what its ids begin with, and an order of it what its column holds.
func TestEveryListHasItsPlaces(t *testing.T) {
	for name, kind := range exec.NewExecutableSchema(exec.Config{}).Schema().Types {
		if entries, ok := strings.CutSuffix(name, "Connection"); ok && prefixes[entries] == "" {
			t.Errorf("prefixes in place.go lacks %s", entries)
		}
		if !strings.HasSuffix(name, "OrderField") {
			continue
		}
		for _, by := range kind.EnumValues {
			if ordered[by.Name] == nil {
				t.Errorf("ordered in place.go lacks %s of %s", by.Name, name)
			}
		}
	}
}
