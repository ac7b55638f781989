package simulation

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"citrus.cx/channel/ent/db/interaction"
	tickets "citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/reclameaqui/sandbox"
)

const (
	flooded   = 20   // complaints
	floodSize = 1000 // callbacks
	floodTime = 5 * time.Second
	mostCalls = 10
)

// TestFlood: 1,000 callbacks on 20 complaints within 5 s cost few calls, and all that changed is seen.
func TestFlood(t *testing.T) {
	for _, limit := range []int{10, 1000} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			url, files := databasetest.SQLite(t), t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				ra, pages := newModel(scale{credentials: 1, integrations: 1, limit: limit, complaints: flooded, step: time.Hour}, 3)
				h := newHouse(t, url, files, ra, pages...)
				s := ra.shops[1]
				flood(t, h, limit, func(n int64) error {
					ra.edit(s, n, func(e *edit) { e.version++ })
					return h.announce(s.id, idOf(s, n))
				}, func() int {
					ra.mu.Lock()
					defer ra.mu.Unlock()
					return len(ra.calls["client0"])
				})
				for n := range int64(flooded) {
					row := h.Writer.Ticket.Query().Where(tickets.ComplaintID(idOf(s, n))).OnlyX(context.Background())
					if want := fmt.Sprintf("Produto %d não entregue (%d)", n, s.edits[n].version); row.Title != want {
						t.Errorf("%q, want %q", row.Title, want)
					}
				}
				if ra.refused > 0 {
					t.Errorf("%d calls were beyond the limit", ra.refused)
				}
			})
		})
	}
}

// TestFloodOfTheSandbox is the same over the simulator, whose complaints live.
func TestFloodOfTheSandbox(t *testing.T) {
	for _, limit := range []int{10, 1000} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			url, files := databasetest.SQLite(t), t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				ra, err := sandbox.New(sandbox.Config{Rate: limit, Complaints: -1})
				if err != nil {
					t.Fatal(err)
				}
				defer ra.Close()
				ids := make([]int64, flooded)
				for n := range ids {
					made, err := ra.CreateComplaint(sandbox.NewComplaint{})
					if err != nil {
						t.Fatal(err)
					}
					ids[n] = made.ID
				}
				h := newHouse(t, url, files, inMemory{ra.Handler()}, page{
					id: sandbox.MainCompanyID, client: "demo-client", secret: "demo-secret", from: time.Now().Add(-24 * time.Hour),
				})
				flood(t, h, limit, func(n int64) error {
					if err := converse(ra, ids[n]); err != nil {
						return err
					}
					return h.announce(sandbox.MainCompanyID, ids[n])
				}, func() int { return len(ra.Calls()) })
				for _, id := range ids {
					theirs, err := ra.Complaint(id)
					if err != nil {
						t.Fatal(err)
					}
					row := h.Writer.Ticket.Query().Where(tickets.ComplaintID(id)).OnlyX(context.Background())
					ours := h.Writer.Interaction.Query().Where(interaction.TicketID(row.ID)).CountX(context.Background())
					if ours != len(theirs.Interactions) || int64(row.RaStatusID) != theirs.RAStatus.ID {
						t.Errorf("%d interactions, status %d; want %d, %d", ours, row.RaStatusID, len(theirs.Interactions), theirs.RAStatus.ID)
					}
				}
			})
		})
	}
}

// converse lets the side speak whose turn it is.
func converse(ra *sandbox.Server, id int64) error {
	now, err := ra.Complaint(id)
	if err != nil {
		return err
	}
	if len(now.Interactions)%2 == 1 {
		_, err = ra.CompanyReply(id, fmt.Sprint("Olá! ", len(now.Interactions)))
		return err
	}
	_, err = ra.Replica(id, fmt.Sprint("E então? ", len(now.Interactions)))
	return err
}

// flood waits until the mirror rests, plays the callbacks, and counts the calls until it rests again.
func flood(t *testing.T, h *house, limit int, change func(n int64) error, calls func() int) {
	t.Helper()
	stop := h.run(t)
	defer stop()
	time.Sleep(5 * time.Minute) // before the next scheduled run
	before, seed := calls(), rand.New(rand.NewPCG(uint64(limit), 5))
	for range floodSize {
		if err := change(seed.Int64N(flooded)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(floodTime / floodSize)
	}
	time.Sleep(2 * time.Minute)
	n := calls() - before
	t.Logf("limit %d: %d calls for %d callbacks", limit, n, floodSize)
	if n > mostCalls {
		t.Errorf("%d calls, at most %d are allowed", n, mostCalls)
	}
}

// inMemory lets a handler answer without a socket, after a moment on the way.
type inMemory struct{ http.Handler }

func (h inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	body := []byte{}
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body.Close()
	}
	asked := r.Clone(r.Context())
	asked.Body, asked.RequestURI = io.NopCloser(bytes.NewReader(body)), r.URL.RequestURI()
	time.Sleep(50 * time.Millisecond)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, asked)
	time.Sleep(50 * time.Millisecond)
	return w.Result(), nil
}
