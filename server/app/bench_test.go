package app

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/ticket"
)

// demoInProcess is the product in process, on a demo that has been synced.
func demoInProcess(b *testing.B) (h *inside, agent *person, file string) {
	b.Helper()
	dir := syncedDemo(b)
	file = filepath.Join(dir, "demo.db")
	h = inProcess(b, settings{"DATA_DIR": dir, "DATABASE_URL": "sqlite:" + file}, database.Options{})
	return h, signIn(b, h.url, "agent@demo.test", demoPassword), file
}

const benchSelection = `{ tickets(first: 50) { edges { node { id protocol status title customer { id name } sector { id name }
	interactions(first: 20) { edges { node { id kind body } } } } } } }`

// A page of 50 tickets over HTTP, beside a handler written by hand for this one page on the same file.
func BenchmarkPageOfTickets(b *testing.B) {
	h, agent, file := demoInProcess(b)
	ours, err := json.Marshal(map[string]any{"query": benchSelection})
	if err != nil {
		b.Fatal(err)
	}
	byHand := byHand(b, file)
	var spent, spentByHand time.Duration
	for b.Loop() {
		began := time.Now()
		page := exchange(b, h.url+"/graphql", agent.header(), ours)
		spent += time.Since(began)
		began = time.Now()
		bare := exchange(b, byHand, nil, nil)
		spentByHand += time.Since(began)
		if len(page) < len(bare)/2 || len(bare) < len(page)/2 {
			b.Fatalf("%d bytes beside %d by hand: not the same page", len(page), len(bare))
		}
	}
	b.ReportMetric(float64(spent.Microseconds())/float64(b.N), "µs/page")
	b.ReportMetric(float64(spentByHand.Microseconds())/float64(b.N), "µs/page-by-hand")
	b.ReportMetric(spentByHand.Seconds()/spent.Seconds(), "of-by-hand")
}

func exchange(b *testing.B, url string, header http.Header, body []byte) []byte {
	status, answer := fetch(b, "POST", url, header, bytes.NewReader(body))
	if status != http.StatusOK {
		b.Fatalf("%d %s", status, answer)
	}
	return answer
}

// byHand serves the page as hand-written Go would: two statements, structs, encoding/json.
func byHand(b *testing.B, file string) (url string) {
	d, err := sql.Open("sqlite3", "file:"+file+"?mode=ro&_query_only=1")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { d.Close() })
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page, err := pageByHand(r.Context(), d)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"data": page})
	}))
	b.Cleanup(front.Close)
	return front.URL
}

type (
	namedRow struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}
	entryRow struct {
		ID   string `json:"id"`
		Kind string `json:"kind"`
		Body string `json:"body"`
	}
	ticketRow struct {
		ID           string     `json:"id"`
		Protocol     string     `json:"protocol"`
		Status       string     `json:"status"`
		Title        string     `json:"title"`
		Customer     namedRow   `json:"customer"`
		Sector       namedRow   `json:"sector"`
		Interactions []entryRow `json:"interactions"`
	}
)

func pageByHand(ctx context.Context, d *sql.DB) ([]*ticketRow, error) {
	rows, err := d.QueryContext(ctx, `SELECT t.id, t.protocol, t.status, t.title, c.id, c.name, s.id, s.name FROM tickets t
		JOIN customers c ON c.id = t.customer_id JOIN sectors s ON s.id = t.sector_id ORDER BY t.id DESC LIMIT 50`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var page []*ticketRow
	byID := map[string]*ticketRow{}
	var ids []any
	for rows.Next() {
		t := &ticketRow{Interactions: []entryRow{}}
		if err := rows.Scan(&t.ID, &t.Protocol, &t.Status, &t.Title, &t.Customer.ID, &t.Customer.Name, &t.Sector.ID, &t.Sector.Name); err != nil {
			return nil, err
		}
		page, ids, byID[t.ID] = append(page, t), append(ids, t.ID), t
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	entries, err := d.QueryContext(ctx, `SELECT ticket_id, id, kind, body FROM interactions
		WHERE ticket_id IN (?`+strings.Repeat(",?", max(len(ids)-1, 0))+`) ORDER BY id`, ids...)
	if err != nil {
		return nil, err
	}
	defer entries.Close()
	for entries.Next() {
		var of string
		var e entryRow
		if err := entries.Scan(&of, &e.ID, &e.Kind, &e.Body); err != nil {
			return nil, err
		}
		byID[of].Interactions = append(byID[of].Interactions, e)
	}
	return page, entries.Err()
}

// touch makes an event of a ticket.
func (h *inside) touch(b *testing.B, id string) {
	b.Helper()
	err := h.database.Write(identity.System(context.Background()), func(ctx context.Context, tx *db.Tx) error {
		return h.tickets.Record(ctx, tx, id, ticket.Act{
			Kind: ticketevent.KindUPDATED, Cause: ticketevent.CauseAGENT_ACTION, ActorKind: ticketevent.ActorKindSYSTEM,
			Changes: []ticket.Changed{{Field: "unread", Old: "true", New: "false"}},
		})
	})
	if err != nil {
		b.Fatal(err)
	}
}
