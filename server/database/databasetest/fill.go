package databasetest

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	_ "github.com/mattn/go-sqlite3"

	"citrus.cx/channel/ent/schema"
)

// Stock is tickets that a database has before a test: each with a customer, two interactions, what Reclame Aqui said
// of it and the event of its creation. They take turns among the integrations, five minutes apart.
type Stock struct {
	Tickets      int
	Integrations []string
	Until        time.Time // the last one's time

	CustomerType, Region, Creator, Sector, OccurrenceType, Occurrence string
}

// Fill writes a stock into an empty database as fast as the database takes it, beside the product: a million tickets in
// about two minutes. Nobody else may be at it.
func Fill(t testing.TB, url string, s Stock) {
	t.Helper()
	ctx := context.Background()
	var err error
	if file, ok := strings.CutPrefix(url, "sqlite:"); ok {
		err = s.intoSQLite(ctx, file)
	} else {
		err = s.intoPostgres(ctx, url)
	}
	if err != nil {
		t.Fatal("fill: ", err)
	}
}

// table is rows that each ticket has, by the ticket's number.
type table struct {
	name    string
	columns []string
	each    int
	row     func(n, i int) []any
}

func (s Stock) at(n int) time.Time {
	return s.Until.Add(time.Duration(n+1-s.Tickets) * 5 * time.Minute).UTC().Truncate(time.Second)
}

// id is that of a row of the n-th ticket. It is made anew for every row that names it, so nothing in it is random.
func (s Stock) id(prefix string, n, i int) string {
	return schema.TimeID(prefix, s.at(n), int64(n))[:len(prefix)+1+22] + fmt.Sprintf("%09d%d", n, i)
}

const (
	title = "Pedido não chegou no prazo combinado"
	words = "Comprei um produto há três semanas e ele não chegou no prazo combinado. Já falei com a transportadora, que diz não " +
		"ter recebido nada, e o atendimento não responde aos meus e-mails. Quero o produto ou o meu dinheiro de volta."
)

func (s Stock) tables() []table {
	details := fmt.Sprintf(`{"facts":[{"name":"source","value":"ReclameAQUI"},{"name":"account","value":%q}]}`, title)
	return []table{
		{"customers", []string{"id", "created_at", "updated_at", "code", "name", "name_folded", "emails", "phones", "documents", "customer_type_id", "region_id"}, 1, func(n, _ int) []any {
			return []any{
				s.id("cus", n, 0), s.at(n), s.at(n), fmt.Sprintf("C%07d", n+1), fmt.Sprintf("Consumidora %d", n), fmt.Sprintf("consumidora %d", n),
				fmt.Sprintf(`["consumidora%d@example.com"]`, n), `["11987654321"]`, "[]", s.CustomerType, s.Region,
			}
		}},
		{"customer_keys", []string{"id", "kind", "value", "customer_id"}, 2, func(n, i int) []any {
			if i == 0 {
				return []any{s.id("cuk", n, i), "RECLAME_AQUI_ID", fmt.Sprint(scattered(n)), s.id("cus", n, 0)}
			}
			return []any{s.id("cuk", n, i), "EMAIL", fmt.Sprintf("%d@example.com", scattered(n)), s.id("cus", n, 0)}
		}},
		{"tickets", []string{
			"id", "created_at", "updated_at", "protocol", "status", "opened_at", "occurred_at", "last_changed_at", "due_order", "title", "description",
			"complaint_id", "source_id", "ra_status_id", "ra_status_name", "ra_modified_at", "read_at",
			"customer_id", "integration_id", "creator_id", "sector_id", "occurrence_type_id", "occurrence_id",
		}, 1, func(n, _ int) []any {
			status, id, name := "FINISHED", 9, "Resolvido"
			if n%10 == 0 {
				status, id, name = "IN_PROGRESS", 5, "Não respondido"
			}
			at := s.at(n)
			return []any{
				s.id("tkt", n, 0), at, at, fmt.Sprintf("2025%08d", n+1), status, at, at, at, at.Add(48 * time.Hour), title, words,
				int64(1000 + n), fmt.Sprint(200_000_000 + n), id, name, at, at,
				s.id("cus", n, 0), s.Integrations[n%len(s.Integrations)], s.Creator, s.Sector, s.OccurrenceType, s.Occurrence,
			}
		}},
		{"complaints", []string{"id", "hash", "raw", "ticket_id", "details"}, 1, func(n, _ int) []any {
			return []any{s.id("cmp", n, 0), fmt.Sprintf("%064x", n), []byte(words + words), s.id("tkt", n, 0), details}
		}},
		{"interactions", []string{"id", "created_at", "updated_at", "source_id", "type_id", "kind", "author_kind", "body", "occurred_at", "ticket_id", "details"}, 2, func(n, i int) []any {
			kind, author := "COMPLAINT", "CONSUMER"
			if i == 1 {
				kind, author = "PUBLIC_REPLY", "COMPANY"
			}
			return []any{s.id("itr", n, i), s.at(n), s.at(n), fmt.Sprint(3_000_000 + 2*n + i), i + 1, kind, author, words, s.at(n), s.id("tkt", n, 0), "{}"}
		}},
		{"ticket_events", []string{"id", "position", "ticket_id", "kind", "occurred_at", "actor_kind", "cause", "changes", "ticket_version", "integration_id", "sector_id", "status"}, 1, func(n, _ int) []any {
			return []any{
				schema.TimeID("evt", time.UnixMilli(0), int64(n+1)), int64(n + 1), s.id("tkt", n, 0), "CREATED", s.at(n), "SYNC", "BACKFILL",
				`[{"field":"status","new":"FINISHED"}]`, 1, s.Integrations[n%len(s.Integrations)], s.Sector, "FINISHED",
			}
		}},
	}
}

// scattered is the n-th of numbers that come in no order, as Reclame Aqui's of consumers do.
func scattered(n int) int { return n * 7919 % 1_000_003 * 1000 }

func (s Stock) intoSQLite(ctx context.Context, file string) (err error) {
	// Whatever breaks, the test is over and the file with it: nothing is kept safe.
	d, err := sql.Open("sqlite3", "file:"+file+"?_loc=UTC&_foreign_keys=0")
	if err != nil {
		return err
	}
	defer d.Close()
	d.SetMaxOpenConns(1)
	for _, setting := range []string{"journal_mode=OFF", "synchronous=OFF", "cache_size=-1000000", "temp_store=MEMORY", "locking_mode=EXCLUSIVE"} {
		if _, err := d.ExecContext(ctx, "PRAGMA "+setting); err != nil {
			return err
		}
	}
	tx, err := d.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, t := range s.tables() {
		insert, err := tx.PrepareContext(ctx, fmt.Sprintf("INSERT INTO %s (%s) VALUES (?%s)", t.name, strings.Join(t.columns, ", "), strings.Repeat(", ?", len(t.columns)-1)))
		if err != nil {
			return err
		}
		for n := range s.Tickets * t.each {
			if _, err := insert.ExecContext(ctx, t.row(n/t.each, n%t.each)...); err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
		}
		if err := insert.Close(); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, s.counters()); err != nil {
		return err
	}
	return tx.Commit()
}

func (s Stock) counters() string {
	return fmt.Sprintf(`INSERT INTO counters (id, value, epoch) VALUES ('event_log', %[1]d, 'filled'), ('protocol', %[1]d, ''), ('customer', %[1]d, '')
		ON CONFLICT (id) DO UPDATE SET value = excluded.value`, s.Tickets)
}

func (s Stock) intoPostgres(ctx context.Context, url string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, t := range s.tables() {
		next := 0
		rows := pgx.CopyFromFunc(func() ([]any, error) {
			if next == s.Tickets*t.each {
				return nil, nil
			}
			next++
			return t.row((next-1)/t.each, (next-1)%t.each), nil
		})
		if _, err := conn.CopyFrom(ctx, pgx.Identifier{t.name}, t.columns, rows); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	_, err = conn.Exec(ctx, s.counters()+fmt.Sprintf("; SELECT setval('ticket_event_order', %d); ANALYZE", s.Tickets))
	return err
}
