package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"citrus.cx/channel/ent/db/user"
)

// What a single operation may ask for; whoever asks for more is told which argument it is.
func TestLimits(t *testing.T) {
	w := onSQLite(t)
	ids := func(n int) string { return `["` + strings.Repeat(`int_none","`, n-1) + `int_none"]` }
	deep := func(n int) string {
		return "{ viewer " + strings.Repeat("{ ... on User ", n) + "{ id }" + strings.Repeat("}", n) + " }"
	}
	roots := func(n int) string {
		s := ""
		for i := range n {
			s += fmt.Sprintf(" a%d: viewer { id }", i)
		}
		return "{" + s + " }"
	}
	// Three lists inside each other, a hundred entries each, with some fields.
	greedy := `edges { node { interactions(first: 100) { edges { node { id body private attachments { id name url } } } } events(first: 100) { edges { node { id kind occurredAt actor { user { id name email } } } } } } }`
	for _, c := range []struct {
		what      string
		query     string
		variables map[string]any
		code      string
		path      string
	}{
		{"the largest page", `{ tickets(first: 100) { totalCount } }`, nil, "", ""},
		{"too large a page", `{ tickets(first: 101) { totalCount } }`, nil, "OUT_OF_RANGE", "tickets first"},
		{"the same from the end", `{ tickets(last: 101) { totalCount } }`, nil, "OUT_OF_RANGE", "tickets last"},
		{"a negative page", `{ tickets(first: -1) { totalCount } }`, nil, "OUT_OF_RANGE", "tickets first"},
		{"both ends", `{ t: tickets(first: 1, last: 1) { totalCount } }`, nil, "INVALID", "t last"},
		{"in a variable", `query($n: Int) { tickets(first: $n) { totalCount } }`, map[string]any{"n": 101}, "OUT_OF_RANGE", "tickets first"},
		{"in a variable's default", `query($n: Int = 101) { tickets(first: $n) { totalCount } }`, nil, "OUT_OF_RANGE", "tickets first"},
		{"in a fragment", `query { ...f } fragment f on Query { tickets(first: 101) { totalCount } }`, nil, "OUT_OF_RANGE", "tickets first"},
		{"in an inline fragment", `{ ... on Query { tickets(first: 101) { totalCount } } }`, nil, "OUT_OF_RANGE", "tickets first"},
		{"in a list inside", `{ ticket(id: "x") { interactions(first: 101) { totalCount } } }`, nil, "OUT_OF_RANGE", "interactions first"},
		{"the longest search", `query($s: String) { regions(search: $s) { totalCount } }`, map[string]any{"s": strings.Repeat("ã ", 100)}, "", ""},
		{"a longer search", `query($s: String) { regions(search: $s) { totalCount } }`, map[string]any{"s": strings.Repeat("x", 201)}, "TOO_LONG", "regions search"},
		{"the same in a filter", `query($f: TicketFilter) { t: tickets(filter: $f) { totalCount } }`, map[string]any{"f": map[string]any{"search": strings.Repeat("x", 201)}}, "TOO_LONG", "t filter search"},
		{"a hundred nodes", `{ nodes(ids: ` + ids(100) + `) { id } }`, nil, "", ""},
		{"more nodes", `{ nodes(ids: ` + ids(101) + `) { id } }`, nil, "OUT_OF_RANGE", "nodes"},
		{"a greedy query", `{ tickets(first: 100) { ` + greedy + ` } }`, nil, "", ""},
		{"a greedier one", `{ a: tickets(first: 100) { ` + greedy + ` } b: tickets(first: 100) { ` + greedy + ` } c: tickets(first: 100) { ` + greedy + ` } d: tickets(first: 100) { ` + greedy + ` } }`, nil, "INVALID", ""},
		{"the same through fragments", `{ a: tickets(first: 100) { ...f } b: tickets(first: 100) { ...f } c: tickets(first: 100) { ...f } d: tickets(first: 100) { ...f } } fragment f on TicketConnection { ` + greedy + ` }`, nil, "INVALID", ""},
		{"deep", deep(20), nil, "", ""},
		{"too deep", deep(40), nil, "INVALID", ""},
		{"many roots", roots(30), nil, "", ""},
		{"too many roots", roots(31), nil, "OUT_OF_RANGE", ""},
	} {
		got := w.ask(t, user.RoleADMIN, c.query, c.variables)
		path := ""
		if len(got.Errors) > 0 {
			path = strings.Trim(fmt.Sprint(got.Errors[0].Path), "[]")
		}
		if got.code() != c.code || path != c.path {
			t.Errorf("%s: %q at %q, want %q at %q: %v", c.what, got.code(), path, c.code, c.path, got.Errors)
		}
	}
}

// However a list is asked for, without a size it has fifty entries: the whole table never.
func TestAListHasFiftyEntries(t *testing.T) {
	w := onSQLite(t)
	for i := range 120 {
		name := fmt.Sprint("y", i)
		w.Writer.Region.Create().SetName(name).SetNameFolded(name).SetCode(name).SetCodeFolded(name).ExecX(context.Background())
	}
	const rest = `{ edges { node { id } } }`
	for _, c := range []struct {
		query     string
		variables map[string]any
		want      int
	}{
		{`{ regions ` + rest + ` }`, nil, 50},
		{`query($n: Int) { regions(first: $n) ` + rest + ` }`, nil, 50},
		{`query($n: Int) { regions(first: $n) ` + rest + ` }`, map[string]any{"n": nil}, 50},
		{`query($n: Int) { regions(first: $n) ` + rest + ` }`, map[string]any{"n": 70}, 70},
		{`query($n: Int) { regions(last: $n) ` + rest + ` }`, nil, 50},
		{`query($n: Int, $m: Int) { regions(first: $n, last: $m) ` + rest + ` }`, nil, 50},
		{`{ ...f } fragment f on Query { regions ` + rest + ` }`, nil, 50},
		{`{ ... on Query { regions ` + rest + ` } }`, nil, 50},
		{`query($n: Int) { regions(first: null, last: $n) ` + rest + ` }`, nil, 50},
		{`query($n: Int) { regions(first: $n, last: null) ` + rest + ` }`, nil, 50},
		{`query($n: Int = null) { regions(first: $n) ` + rest + ` }`, nil, 50},
		{`{ regions(last: 7) ` + rest + ` }`, nil, 7},
		{`{ regions(first: 0) ` + rest + ` }`, nil, 0},
		{`{ regions(first: null) ` + rest + ` }`, nil, 50},
		{`{ regions(first: null, last: null) ` + rest + ` }`, nil, 50},
	} {
		got := w.ask(t, user.RoleAGENT, c.query, c.variables)
		var list struct{ Edges []any }
		if err := json.Unmarshal(got.Data["regions"], &list); err != nil || len(list.Edges) != c.want {
			t.Errorf("%s %v: %d entries, %v %v", c.query, c.variables, len(list.Edges), err, got.Errors)
		}
	}
}
