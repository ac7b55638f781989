package graph

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"entgo.io/contrib/entgql"

	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/graph/internal/live"
	"citrus.cx/channel/server/event"
)

// stream follows by server-sent events and gives the ids of the first events, n of them; then it hangs up.
func (w *world) stream(t *testing.T, base string, after, lastEventID string, n int) (ids []string) {
	t.Helper()
	body, err := json.Marshal(map[string]any{
		"query":     `subscription ($after: Cursor) { ticketChanges(after: $after) { cursor } }`,
		"variables": map[string]any{"after": after},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, hangUp := context.WithCancel(t.Context())
	defer hangUp()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, base, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set("Authorization", w.bearer[user.RoleAGENT])
	if lastEventID != "" {
		r.Header.Set("Last-Event-ID", lastEventID)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	for lines := bufio.NewScanner(res.Body); len(ids) < n && lines.Scan(); {
		if id, ok := bytes.CutPrefix(lines.Bytes(), []byte("id: ")); ok {
			ids = append(ids, string(id))
		}
	}
	return ids
}

// Rule L3 of event streams, whose clients come back by themselves, with the very request with which they came: its cursor
// is older than what they say they had last.
func TestAStreamComesBackAfterItsLastEvent(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		following(t, w)
		base := w.serve(t)
		head, err := w.log.Head(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		updates := w.subscribe(t, user.RoleAGENT, nil, nil)
		for range 6 {
			w.change(t, w.own)
		}
		for range 6 { // PostgreSQL numbers events after their commit
			next(t, updates)
		}
		var loaded strings.Builder
		live.CursorOf(event.Position{Epoch: head.Epoch, Offset: 1}).MarshalGQL(&loaded)
		last := ""
		for want := int64(2); want <= 6; {
			ids := w.stream(t, base, strings.Trim(loaded.String(), `"`), last, int(min(2, 7-want)))
			if len(ids) == 0 {
				t.Fatalf("nothing came, want %d", want)
			}
			for _, id := range ids {
				var c entgql.Cursor[string]
				if err := c.UnmarshalGQL(id); err != nil {
					t.Fatal(err)
				}
				if p, ok := live.PositionOf(c); !ok || p.Offset != want {
					t.Fatalf("%v came, want %d", p, want)
				}
				want, last = want+1, id
			}
		}
	})
}
