package app

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/fold"
)

// entries is how long the list is.
const entries = 10_000

// statements keeps what the reader is asked.
type statements struct {
	mu   sync.Mutex
	seen []string
}

func (s *statements) add(_ context.Context, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, text)
}

// of gives the statements that something takes.
func (s *statements) of(do func()) []string {
	s.mu.Lock()
	s.seen = nil
	s.mu.Unlock()
	do()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen
}

// fill registers many customer types; one in a thousand is of São Paulo.
func fill(t *testing.T, d *database.DB) {
	t.Helper()
	const chunk = 500
	for from := 0; from < entries; from += chunk {
		rows := make([]*db.CustomerTypeCreate, chunk)
		for i := range rows {
			n := from + i
			name := fmt.Sprintf("Cliente %05d", (n*7919)%entries) // names in another order than ids
			if n%1000 == 0 {
				name = fmt.Sprintf("São Paulo %05d", n)
			}
			code := fmt.Sprintf("C-%05d", entries-n)
			rows[i] = d.Writer.CustomerType.Create().SetName(name).SetNameFolded(fold.Text(name)).SetCode(code).SetCodeFolded(fold.Text(code))
		}
		if err := d.Writer.CustomerType.CreateBulk(rows...).Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

const longList = `query($first: Int, $after: Cursor, $last: Int, $before: Cursor, $search: String, $orderBy: CustomerTypeOrder) {
	customerTypes(first: $first, after: $after, last: $last, before: $before, search: $search, orderBy: $orderBy) {
		pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { node { id name code } } } }`

// longPage asks for pages of the long list, and holds what each costs to what the first one did.
type longPage struct {
	t     *testing.T
	admin *person
	seen  *statements
	cost  int
}

func (p *longPage) page(variables map[string]any) node {
	return p.admin.ask(longList, variables).at("customerTypes")
}

func (p *longPage) look(what string, variables map[string]any) (out node, used []string) {
	p.t.Helper()
	used = p.seen.of(func() { out = p.page(variables) })
	if p.cost == 0 {
		p.cost = len(used)
	}
	if len(used) != p.cost {
		p.t.Errorf("%s: %d statements, the first page took %d", what, len(used), p.cost)
	}
	return out, used
}

// ends compares the first page of an order with the page after a cursor near its end.
func (p *longPage) ends(url string, order any) {
	first, early := p.look("the first page", map[string]any{"first": 50, "orderBy": order})
	last, _ := p.look("the last page", map[string]any{"last": 51, "orderBy": order})
	near := map[string]any{"first": 50, "orderBy": order, "after": last.at("pageInfo", "startCursor").text()}
	end, late := p.look("the page after a cursor at the end", near)
	if len(first.nodes()) != 50 || len(end.nodes()) != 50 || !first.at("pageInfo", "hasNextPage").truth() || end.at("pageInfo", "hasNextPage").truth() ||
		end.at("pageInfo", "endCursor").text() != last.at("pageInfo", "endCursor").text() {
		p.t.Errorf("order %v: first %s, end %s", order, first.at("pageInfo"), end.at("pageInfo"))
	}
	if !strings.HasPrefix(url, "sqlite:") {
		return
	}
	plan(p.t, url, fmt.Sprint("order ", order), early, late)
	p.t.Logf("order %v: at the end a page takes %.2f of the time at the start", order,
		took(func() { p.page(near) })/took(func() { p.page(map[string]any{"first": 50, "orderBy": order}) }))
}

// A list of ten thousand pages, searches and orders in as many statements as a short one, and a page costs the same
// at the end as at the start.
func TestALongList(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, s settings) {
		run(t, s, adminPassword+"\n", "user", "create", "--role", "ADMIN", "--email", adminEmail, "--name", "Ana", "--password-stdin")
		seen := &statements{}
		h := inProcess(t, s, database.Options{OnStatement: seen.add})
		fill(t, h.database)
		p := &longPage{t: t, admin: signIn(t, h.url, adminEmail, adminPassword), seen: seen}
		for _, order := range []any{nil, map[string]any{"field": "NAME"}, map[string]any{"field": "CODE", "direction": "DESC"}} {
			p.ends(s.databaseURL(), order)
		}
		found, _ := p.look("a search", map[string]any{"first": 50, "search": "sao PAU", "orderBy": map[string]any{"field": "NAME"}})
		var names []string
		for _, n := range found.nodes() {
			names = append(names, n.at("name").text())
		}
		if len(names) != entries/1000 || !slices.IsSorted(names) || names[0] != "São Paulo 00000" {
			t.Errorf(`"sao PAU" finds %q`, names)
		}
		// What is computed for an entry is gathered for the page; how well depends on the machine's haste, so this is a bound.
		used := seen.of(func() {
			p.admin.ask(`{ customerTypes(first: 100) { edges { node { name integrationCount } } } }`, nil)
		})
		if len(used) > p.cost+20 {
			t.Errorf("100 usage counts take %d statements beside %d", len(used)-p.cost, p.cost)
		}
		everything(t, p.page)
	})
}

// everything walks through the whole list by its pages: each entry once, in order.
func everything(t *testing.T, page func(map[string]any) node) {
	t.Helper()
	seen, before := map[string]bool{}, ""
	variables := map[string]any{"first": 100, "orderBy": map[string]any{"field": "CODE"}}
	for {
		p := page(variables)
		for _, n := range p.nodes() {
			if code := n.at("code").text(); code <= before {
				t.Fatalf("%s after %s", code, before)
			} else {
				before = code
			}
			seen[n.at("id").text()] = true
		}
		if !p.at("pageInfo", "hasNextPage").truth() {
			break
		}
		variables["after"] = p.at("pageInfo", "endCursor").text()
	}
	if len(seen) != entries {
		t.Errorf("the pages hold %d entries, the list %d", len(seen), entries)
	}
}

// plan wants SQLite to find a page of the list by an index, at the start and at the end, and never to sort the list.
func plan(t *testing.T, url, what string, early, late []string) {
	t.Helper()
	pool, err := sql.Open("sqlite3", strings.TrimPrefix(url, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	for when, used := range map[string][]string{"at the start": early, "at the end": late} {
		i := slices.IndexFunc(used, func(s string) bool {
			return strings.Contains(s, "FROM `customer_types`") && strings.Contains(s, "ORDER BY")
		})
		if i < 0 {
			t.Fatalf("no statement reads the list: %q", used)
		}
		_, query, _ := strings.Cut(used[i], "query=")
		query, _, _ = strings.Cut(query, " args=")
		said := planOf(t, pool, query)
		t.Logf("%s, %s: %s", what, when, said)
		if strings.Contains(said, "TEMP B-TREE") || !strings.Contains(said, "INDEX") {
			t.Errorf("%s, %s: the list is sorted or read whole: %s\n%s", what, when, said, query)
		}
	}
}

func planOf(t *testing.T, pool *sql.DB, query string) string {
	t.Helper()
	args := make([]any, strings.Count(query, "?"))
	for i := range args {
		args[i] = "x"
	}
	rows, err := pool.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatal(err, query)
	}
	defer rows.Close()
	var steps []string
	for rows.Next() {
		var a, b, c int
		var detail string
		if err := rows.Scan(&a, &b, &c, &detail); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, detail)
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	return strings.Join(steps, "; ")
}

// took is the time that something takes, in seconds: the best of some runs.
func took(do func()) float64 {
	best := time.Hour
	for range 7 {
		began := time.Now()
		do()
		best = min(best, time.Since(began))
	}
	return best.Seconds()
}
