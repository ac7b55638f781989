package ticket

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"citrus.cx/channel/server/reclameaqui"
)

// written are the tables that a page adds to, in the order of their references.
var written = []string{"customers", "customer_keys", "tickets", "complaints", "interactions", "attachments", "ticket_events"}

// prepared writes the rows that a merge left in one database into another one, by statements that were prepared before.
type prepared struct {
	from, to         *sql.DB
	inserts, updates map[string]*sql.Stmt
	counter, fingerprints,
	touch *sql.Stmt
	// seen is the last row of each table that was taken over.
	seen map[string]int64
}

// newPrepared begins with a copy of what is in the product's file.
func newPrepared(b *testing.B, file string) *prepared {
	b.Helper()
	copied := filepath.Join(b.TempDir(), "bare.db")
	p := &prepared{inserts: map[string]*sql.Stmt{}, updates: map[string]*sql.Stmt{}, seen: map[string]int64{}}
	p.from = connect(b, file, "")
	if _, err := p.from.Exec("VACUUM INTO ?", copied); err != nil {
		b.Fatal(err)
	}
	p.to = connect(b, copied, "_txlock=immediate&_journal_mode=WAL&_synchronous=FULL&_foreign_keys=1") // as the product's writer
	if _, err := p.to.Exec("PRAGMA mmap_size=268435456; PRAGMA cache_size=-16000; PRAGMA temp_store=MEMORY"); err != nil {
		b.Fatal(err)
	}
	for _, table := range written {
		rows, err := p.from.Query("SELECT * FROM " + table + " LIMIT 0")
		if err != nil {
			b.Fatal(err)
		}
		columns, err := rows.Columns()
		rows.Close()
		if err != nil {
			b.Fatal(err)
		}
		p.inserts[table] = p.statement(b, fmt.Sprintf("INSERT INTO %s (%s) VALUES (?%s)", table, strings.Join(columns, ", "), strings.Repeat(", ?", len(columns)-1)))
		p.updates[table] = p.statement(b, fmt.Sprintf("UPDATE %s SET %s = ? WHERE id = ?", table, strings.Join(columns, " = ?, ")))
	}
	fifty := "(?" + strings.Repeat(", ?", 49) + ")"
	p.counter = p.statement(b, "UPDATE counters SET value = ? WHERE id = ?")
	p.fingerprints = p.statement(b, "SELECT t.id, t.ra_modified_at, t.read_at, c.hash FROM tickets t JOIN complaints c ON c.ticket_id = t.id WHERE t.integration_id = ? AND t.complaint_id IN "+fifty)
	p.touch = p.statement(b, "UPDATE tickets SET read_at = ? WHERE id IN "+fifty)
	return p
}

func connect(b *testing.B, file, options string) *sql.DB {
	b.Helper()
	d, err := sql.Open("sqlite3", "file:"+file+"?_busy_timeout=10000&_loc=UTC&"+options)
	if err != nil {
		b.Fatal(err)
	}
	d.SetMaxOpenConns(1)
	b.Cleanup(func() { d.Close() })
	return d
}

func (p *prepared) statement(b *testing.B, query string) *sql.Stmt {
	b.Helper()
	s, err := p.to.Prepare(query)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s
}

// read gives the rows of a query.
func (p *prepared) read(b *testing.B, query string, args ...any) (list [][]any) {
	b.Helper()
	rows, err := p.from.Query(query, args...)
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		b.Fatal(err)
	}
	for rows.Next() {
		row, to := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			to[i] = &row[i]
		}
		if err := rows.Scan(to...); err != nil {
			b.Fatal(err)
		}
		list = append(list, row)
	}
	if err := rows.Err(); err != nil {
		b.Fatal(err)
	}
	return list
}

// do is one statement of the reference's transaction.
type do struct {
	statement *sql.Stmt
	args      []any
}

// added are the inserts of the rows that a merge added, and where its counters stand.
func (p *prepared) added(b *testing.B) (list []do) {
	b.Helper()
	for _, table := range written {
		for _, row := range p.read(b, "SELECT * FROM "+table+" WHERE rowid > ? ORDER BY rowid", p.seen[table]) {
			list = append(list, do{p.inserts[table], row})
		}
		p.seen[table] = p.read(b, "SELECT coalesce(max(rowid), 0) FROM "+table)[0][0].(int64)
	}
	for _, row := range p.read(b, "SELECT value, id FROM counters") {
		list = append(list, do{p.counter, row})
	}
	return list
}

// changed are the updates of the tickets and complaints of a page, and the inserts of what came with them.
func (p *prepared) changed(b *testing.B, page []reclameaqui.Complaint) (list []do) {
	b.Helper()
	for _, c := range page {
		for _, row := range p.read(b, "SELECT *, id FROM tickets WHERE complaint_id = ?", c.ID) {
			list = append(list, do{p.updates["tickets"], row})
		}
		for _, row := range p.read(b, "SELECT *, id FROM complaints WHERE ticket_id = (SELECT id FROM tickets WHERE complaint_id = ?)", c.ID) {
			list = append(list, do{p.updates["complaints"], row})
		}
	}
	return append(list, p.added(b)...)
}

// run does it all in one transaction, and says how long that took.
func (p *prepared) run(b *testing.B, list []do) time.Duration {
	b.Helper()
	ctx := context.Background()
	began := time.Now()
	tx, err := p.to.BeginTx(ctx, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer tx.Rollback()
	bound := map[*sql.Stmt]*sql.Stmt{}
	for _, d := range list {
		if bound[d.statement] == nil {
			bound[d.statement] = tx.StmtContext(ctx, d.statement)
		}
		if _, err := bound[d.statement].ExecContext(ctx, d.args...); err != nil {
			b.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

// same reads the fingerprints of a page and notes that it was read.
func (p *prepared) same(b *testing.B, page []reclameaqui.Complaint, integration string, at time.Time) time.Duration {
	b.Helper()
	began := time.Now()
	tx, err := p.to.Begin()
	if err != nil {
		b.Fatal(err)
	}
	defer tx.Rollback()
	args := []any{integration}
	for _, c := range page {
		args = append(args, c.ID)
	}
	rows, err := tx.Stmt(p.fingerprints).Query(args...)
	if err != nil {
		b.Fatal(err)
	}
	args = []any{at}
	for rows.Next() {
		var id, hash string
		var modified, read time.Time
		if err := rows.Scan(&id, &modified, &read, &hash); err != nil {
			b.Fatal(err)
		}
		args = append(args, id)
	}
	rows.Close()
	if _, err := tx.Stmt(p.touch).Exec(args...); err != nil {
		b.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}
