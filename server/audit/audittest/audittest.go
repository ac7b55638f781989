// Package audittest lets tests read the audit and search a database for secrets. It is for tests alone.
package audittest

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/mattn/go-sqlite3"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/auditentry"
	"citrus.cx/channel/server/database"
)

// Trail follows the audit of a database.
type Trail struct {
	t    testing.TB
	d    *database.DB
	seen int
}

// Follow begins a trail at the present end of the audit.
func Follow(t testing.TB, d *database.DB) *Trail {
	t.Helper()
	trail := &Trail{t: t, d: d}
	trail.seen = len(trail.entries())
	return trail
}

// Left expects exactly these entries since the last look, in no order. An entry is written as
//
//	UPDATED REGION reg_1 Sul by usr_1: name Norte → Sul, code NORTE → SUL
//
// with "the system" where nobody did it, "-" for what is empty, and <time> for any moment.
func (f *Trail) Left(what string, want ...string) {
	f.t.Helper()
	var got []string
	for _, e := range f.Next() {
		got = append(got, Line(e))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		f.t.Errorf("%s left\n\t%s\nwant\n\t%s", what, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// Next gives the entries since the last look, oldest first.
func (f *Trail) Next() []*db.AuditEntry {
	f.t.Helper()
	all := f.entries()
	fresh := all[f.seen:]
	f.seen = len(all)
	return fresh
}

func (f *Trail) entries() []*db.AuditEntry {
	f.t.Helper()
	all, err := f.d.Writer.AuditEntry.Query().Order(auditentry.ByID()).All(context.Background())
	if err != nil {
		f.t.Fatal(err)
	}
	return all
}

var moment = regexp.MustCompile(`\d{4}-\d\d-\d\dT[\d:.]+Z`)

// Line writes an entry as Left expects it.
func Line(e *db.AuditEntry) string {
	actor := "the system"
	if e.ActorID != nil {
		actor = *e.ActorID
	}
	changes := make([]string, len(e.Changes))
	for i, c := range e.Changes {
		changes[i] = fmt.Sprintf("%s %s → %s", c.Field, text(c.Old), text(c.New))
	}
	return fmt.Sprintf("%s %s %s %s by %s: %s", e.Action, e.SubjectKind, e.SubjectID, e.SubjectName, actor,
		moment.ReplaceAllString(strings.Join(changes, ", "), "<time>"))
}

func text(s *string) string {
	if s == nil {
		return "-"
	}
	return *s
}

// Dump gives all that a database keeps, as text, by table; of SQLite under "" also the bytes of its files.
func Dump(t testing.TB, url string) map[string]string {
	t.Helper()
	driver, source, tables := "pgx", url, "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
	dump := map[string]string{}
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		driver, source, tables = "sqlite3", path, "SELECT name FROM sqlite_master WHERE type = 'table'"
		for _, file := range []string{path, path + "-wal"} {
			raw, err := os.ReadFile(file)
			if err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			dump[""] += string(raw)
		}
	}
	pool, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	for _, name := range values(t, pool, tables) {
		dump[name] = strings.Join(values(t, pool, `SELECT * FROM "`+name+`"`), "\n")
	}
	return dump
}

// values gives every value of every row of a query.
func values(t testing.TB, pool *sql.DB, query string) (all []string) {
	t.Helper()
	rows, err := pool.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	cells := make([]sql.RawBytes, len(columns))
	into := make([]any, len(columns))
	for i := range cells {
		into[i] = &cells[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		for _, cell := range cells {
			all = append(all, string(cell))
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
