package graph

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"entgo.io/contrib/entgql"
	"github.com/gorilla/websocket"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/graph/internal/live"
	"citrus.cx/channel/server/event"
	"citrus.cx/channel/server/identity"
)

// serve gives the address of the handler, until the test ends.
func (w *world) serve(t *testing.T) string {
	t.Helper()
	web := httptest.NewServer(w.handler)
	t.Cleanup(func() {
		if err := w.handler.Stop(); err != nil {
			t.Error(err)
		}
		web.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return web.URL
}

// dial opens a socket with a subscription for somebody's Authorization.
func (w *world) dial(t *testing.T, bearer string) *websocket.Conn {
	t.Helper()
	d := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}}
	conn, res, err := d.DialContext(t.Context(), "ws"+strings.TrimPrefix(w.serve(t), "http"), nil)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	t.Cleanup(func() { conn.Close() })
	for _, m := range []string{
		`{"type":"connection_init","payload":{"Authorization":"` + bearer + `"}}`,
		`{"id":"1","type":"subscribe","payload":{"query":"subscription { ticketChanges { cursor } }"}}`,
		`{"id":"2","type":"subscribe","payload":{"query":"{ eventCursor }"}}`,
	} {
		if err := conn.WriteMessage(websocket.TextMessage, []byte(m)); err != nil {
			t.Fatal(err)
		}
	}
	_ = conn.SetReadDeadline(time.Now().Add(30 * time.Second))
	for { // until the query after the subscription is answered
		_, m, err := conn.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(m, []byte(`"id":"2","type":"complete"`)) {
			return conn
		}
	}
}

// closes waits for the close frame and gives how long it took.
func closes(t *testing.T, conn *websocket.Conn, code int) time.Duration {
	t.Helper()
	began := time.Now()
	for {
		_, _, err := conn.ReadMessage()
		var farewell *websocket.CloseError
		if errors.As(err, &farewell) {
			if farewell.Code != code {
				t.Errorf("closed with %d %q, want %d", farewell.Code, farewell.Text, code)
			}
			return time.Since(began)
		}
		if err != nil {
			t.Fatalf("no close frame but %v", err)
		}
	}
}

// Whoever loses his session loses his socket within a second, also when nothing happens.
func TestASocketEndsWithItsSession(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		following(t, w)
		system := identity.System(context.Background())
		for what, end := range map[user.Role]func() error{
			user.RoleAGENT: func() error {
				return w.root.Identity.SignOut(identity.With(context.Background(), w.viewer[user.RoleAGENT]))
			},
			user.RoleSUPERVISOR: func() error {
				return w.root.Identity.ArchiveUser(system, w.viewer[user.RoleSUPERVISOR].UserID, nil, "")
			},
		} {
			conn := w.dial(t, w.bearer[what])
			if err := end(); err != nil {
				t.Fatal(err)
			}
			if took := closes(t, conn, 4401); took > time.Second {
				t.Errorf("the %s's socket closed after %s", what, took)
			}
		}
	})
}

// A token that ends takes its socket along, with the code after which clients come back.
func TestASocketEndsWithItsToken(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		following(t, w)
		brief, err := identity.New(w.DB, identity.Options{SigningKey: bytes.Repeat([]byte("k"), 32), AccessLifetime: 2 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		tokens, err := brief.SignIn(context.Background(), "agent@example.com", password)
		if err != nil {
			t.Fatal(err)
		}
		conn := w.dial(t, "Bearer "+tokens.AccessToken)
		closes(t, conn, 4403)
		if late := time.Since(tokens.ExpiresAt); late < 0 || late > time.Second {
			t.Errorf("closed %s after the token's end", late)
		}
	})
}

// Rule T4 at every delivery: of what is committed after an agent was moved away, nothing of his old sector comes, to
// whom it came live, in a replay, or who joined with what he was authenticated with before.
func TestAMovedAgentGetsNothingMore(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		following(t, w)
		agent := w.viewer[user.RoleAGENT]
		const before, after, last = 1, 99, 100 // in the version of the ticket: whether the move was committed by then
		for round := range 5 {
			head, err := w.log.Head(identity.System(context.Background()))
			if err != nil {
				t.Fatal(err)
			}
			start := live.CursorOf(head)
			subscribers := []<-chan live.Update{w.subscribe(t, user.RoleAGENT, nil, nil), w.subscribe(t, user.RoleAGENT, nil, &start)}
			var moved atomic.Bool
			var writers sync.WaitGroup
			for range 2 {
				writers.Go(func() {
					for n := 0; n < 15; {
						version := before
						if moved.Load() {
							version = after
							n++
						}
						w.change(t, w.own, func(d *event.Draft) { d.TicketVersion = version })
					}
				})
			}
			<-time.After(rand.N(30 * time.Millisecond))
			if _, err := w.root.Identity.UpdateUser(identity.System(context.Background()), agent.UserID, 2*round+1,
				identity.UserChange{SectorIDs: &[]string{w.other.SectorID}}, ""); err != nil {
				t.Fatal(err)
			}
			moved.Store(true)
			// With the viewer of before the move:
			subscribers = append(subscribers, w.subscribe(t, user.RoleAGENT, nil, nil), w.subscribe(t, user.RoleAGENT, nil, &start))
			writers.Wait()
			w.change(t, w.other, func(d *event.Draft) { d.TicketVersion = last })
			for i, updates := range subscribers {
				for version := 0; version != last; {
					select {
					case u := <-updates:
						c, ok := u.(live.Change)
						if !ok {
							t.Fatalf("%T came", u)
						}
						if version = c.Event.TicketVersion; version == after {
							t.Fatalf("round %d, subscriber %d: an event of the old sector came", round, i)
						}
					case <-time.After(30 * time.Second):
						t.Fatalf("round %d, subscriber %d: nothing of the new sector came", round, i)
					}
				}
			}
			if _, err := w.root.Identity.UpdateUser(identity.System(context.Background()), agent.UserID, 2*round+2,
				identity.UserChange{SectorIDs: &[]string{w.own.SectorID}}, ""); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// A database that does not answer for a while delays the updates, and nobody misses any.
func TestNobodyMissesWhatADatabaseDelayed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var failing atomic.Bool
		w.Reader.Intercept(db.InterceptFunc(func(next db.Querier) db.Querier {
			return db.QuerierFunc(func(ctx context.Context, q db.Query) (db.Value, error) {
				if failing.Load() && rand.IntN(3) > 0 {
					return nil, errors.New("the database is away")
				}
				return next.Query(ctx, q)
			})
		}))
		following(t, w)
		start := entgql.Cursor[string]{}
		head, err := w.log.Head(identity.System(context.Background()))
		if err != nil {
			t.Fatal(err)
		}
		start = live.CursorOf(head)
		subscribers := map[string]<-chan live.Update{}
		for i := range 3 {
			subscribers[fmt.Sprint("live ", i)] = w.subscribe(t, user.RoleADMIN, nil, nil)
		}
		w.change(t, w.own)
		for what, updates := range subscribers {
			if got := next(t, updates); got != 1 {
				t.Fatalf("%s: %d", what, got)
			}
		}
		failing.Store(true)
		for range 10 {
			w.change(t, w.own)
			<-time.After(10 * time.Millisecond)
		}
		subscribers["replay"] = w.subscribe(t, user.RoleADMIN, nil, &start)
		for range 10 {
			w.change(t, w.own)
			<-time.After(10 * time.Millisecond)
		}
		failing.Store(false)
		for range 10 {
			w.change(t, w.own)
		}
		if got := next(t, subscribers["replay"]); got != 1 {
			t.Fatalf("the replay begins with %d", got)
		}
		for what, updates := range subscribers {
			for want := int64(2); want <= 31; want++ {
				if got := next(t, updates); got != want {
					t.Fatalf("%s: %d, want %d", what, got, want)
				}
			}
		}
	})
}

// Another epoch, as after a restored backup, gives each subscriber one sign to load again, then what comes.
func TestAnotherEpochIsToldOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		following(t, w)
		first := w.subscribe(t, user.RoleADMIN, nil, nil)
		w.change(t, w.own)
		if got := next(t, first); got != 1 {
			t.Fatal(got)
		}
		head, err := w.log.Head(identity.System(context.Background()))
		if err != nil {
			t.Fatal(err)
		}
		past := live.CursorOf(head)
		subscribers := []<-chan live.Update{first, w.subscribe(t, user.RoleADMIN, nil, nil), w.subscribe(t, user.RoleAGENT, nil, nil)}
		w.change(t, w.own)
		for _, updates := range subscribers {
			if got := next(t, updates); got != 2 { // so all are live
				t.Fatal(got)
			}
		}
		w.Writer.Counter.UpdateOneID("event_log").SetEpoch("restored").SaveX(context.Background())
		w.change(t, w.own)
		for i, updates := range subscribers {
			at := -next(t, updates)
			if at < 2 {
				t.Fatalf("subscriber %d: %d instead of a resync", i, -at)
			}
			for want := at + 1; want <= 3; want++ {
				if got := next(t, updates); got != want {
					t.Fatalf("subscriber %d: %d after a resync at %d", i, got, at)
				}
			}
		}
		late := w.subscribe(t, user.RoleAGENT, nil, &past) // of an epoch that is over by now
		if got := next(t, late); got != -3 {
			t.Fatalf("a late one got %d", got)
		}
		w.change(t, w.own)
		for i, updates := range append(subscribers, late) {
			if got := next(t, updates); got != 4 {
				t.Errorf("subscriber %d: then %d", i, got)
			}
		}
	})
}
