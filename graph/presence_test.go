package graph

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
)

// A claim that has run out is nobody's, deleted yet or not.
func TestWhoIsAnswering(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const query = `{ tickets { edges { node { protocol replyClaim { user { name } } } } } }`
		shown := func(when string, want int) {
			t.Helper()
			got := w.ask(t, user.RoleSUPERVISOR, query, nil)
			if n := strings.Count(string(got.Data["tickets"]), `"name":"AGENT"`); n != want || got.code() != "" {
				t.Errorf("%s: %s %v", when, got.Data["tickets"], got.Errors)
			}
		}
		shown("at first", 0)
		claimed := w.ask(t, user.RoleAGENT, `mutation { claimReply(input: {ticketId: "`+w.own.ID+`"}) {
			ticket { replyClaim { user { name } } } takenOverFrom { name } errors { code } } }`, nil)
		if string(claimed.Data["claimReply"]) != `{"ticket":{"replyClaim":{"user":{"name":"AGENT"}}},"takenOverFrom":null,"errors":[]}` {
			t.Errorf("%s %v", claimed.Data["claimReply"], claimed.Errors)
		}
		shown("claimed", 1)
		w.Writer.ReplyClaim.Update().SetExpiresAt(time.Now().Add(-time.Millisecond)).ExecX(context.Background())
		shown("run out", 0)
		again := w.ask(t, user.RoleSUPERVISOR, `mutation { claimReply(input: {ticketId: "`+w.own.ID+`"}) { takenOverFrom { name } errors { code } } }`, nil)
		if string(again.Data["claimReply"]) != `{"takenOverFrom":null,"errors":[]}` {
			t.Errorf("over one that has run out: %s", again.Data["claimReply"])
		}
	})
}

// A list in which many are answering costs as many statements as with one.
func TestAListOfClaimsCostsNoMore(t *testing.T) {
	var statements atomic.Int64
	d := databasetest.Open(t, databasetest.SQLite(t), database.Options{OnStatement: func(context.Context, string) { statements.Add(1) }})
	w := newWorld(t, d)
	claim := func(id string) {
		w.Writer.ReplyClaim.Create().SetTicketID(id).SetUserID(w.viewer[user.RoleAGENT].UserID).SetSessionID("s").
			SetClaimedAt(noon).SetExpiresAt(time.Now().Add(time.Hour)).ExecX(context.Background())
	}
	count := func(want int) int64 {
		before := statements.Load()
		got := w.ask(t, user.RoleAGENT, `{ tickets { edges { node { replyClaim { user { name } claimedAt expiresAt } } } } }`, nil)
		if n := strings.Count(string(got.Data["tickets"]), `"name":"AGENT"`); n != want {
			t.Errorf("%d claims are shown, want %d: %v", n, want, got.Errors)
		}
		return statements.Load() - before
	}
	claim(w.own.ID)
	short := count(1)
	for i := range 20 {
		claim(w.ticket(int64(100+i), w.own.SectorID).ID)
	}
	if long := count(21); long != short {
		t.Errorf("%d statements, with one claim %d", long, short)
	}
}
