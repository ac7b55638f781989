package outbound

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/outboundattempt"
	"citrus.cx/channel/ent/db/replyclaim"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/presence"
	"citrus.cx/channel/server/ticket"
)

// claims has an agent say that she is answering; she listens to nobody, so the claim would live 30 seconds.
func (w *world) claims(t *testing.T, as context.Context) {
	t.Helper()
	p := presence.New(w.d, presence.Options{
		Tickets: w.Tickets, Listening: func(string) (identity.Viewer, bool) { return identity.Viewer{}, false }, Now: w.clock, Log: slog.New(slog.DiscardHandler),
	})
	if _, err := p.Claim(as, w.ticketID, ""); err != nil {
		t.Fatal(err)
	}
}

// claimed says whether somebody's claim is kept, run out or not.
func (w *world) claimed(as context.Context) bool {
	v, _ := identity.From(as)
	return w.d.Writer.ReplyClaim.Query().Where(replyclaim.UserID(v.UserID)).ExistX(context.Background())
}

// last are the kinds of the last two events.
func (w *world) last() (kinds [2]ticketevent.Kind) {
	for i, e := range w.d.Writer.TicketEvent.Query().Order(db.Desc(ticketevent.FieldPosition), db.Desc(ticketevent.FieldID)).Limit(2).AllX(context.Background()) {
		kinds[1-i] = e.Kind
	}
	return kinds
}

// Rule T9: whichever way it becomes known that a message has arrived, its author is not answering any more; nobody
// else's claim, and none of hers for the next message, goes with it.
func TestWhoHasAnsweredIsNotAnswering(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		byRead := func(string) { w.read(t) }
		byHand := func(arrived bool) func(string) {
			return func(id string) {
				w.wait(ticket.Lag)
				if _, err := w.Settle(w.bia, Finding{AttemptID: id, Arrived: arrived}); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, c := range []struct {
			what    string
			claims  context.Context // who claims it before the answer
			lost    bool            // the answer of Reclame Aqui
			refuses bool
			late    bool // she claims it anew after sending
			settle  func(id string)
			state   outboundattempt.State
			kept    bool
		}{
			{what: "Reclame Aqui says yes", claims: w.ana, settle: func(string) {}, state: sent},
			{what: "a read finds it", claims: w.ana, lost: true, settle: byRead, state: sent},
			{what: "somebody has looked", claims: w.ana, lost: true, settle: byHand(true), state: sent},
			{what: "somebody has looked in vain", claims: w.ana, lost: true, refuses: true, settle: byHand(false), state: failed, kept: true},
			{what: "a colleague is answering", claims: w.bia, lost: true, settle: byRead, state: sent, kept: true},
			{what: "a colleague is answering, by hand", claims: w.bia, lost: true, settle: byHand(true), state: sent, kept: true},
			{what: "she has gone on to the next, a read", lost: true, late: true, claims: w.ana, settle: byRead, state: sent, kept: true},
			{what: "she has gone on to the next, by hand", lost: true, late: true, claims: w.ana, settle: byHand(true), state: sent, kept: true},
		} {
			w.wait(10 * time.Minute)
			w.read(t)
			w.d.Writer.ReplyClaim.Delete().ExecX(context.Background())
			w.ra.answer = answer{refuses: c.refuses}
			if c.lost {
				w.ra.broken = io.ErrUnexpectedEOF
			}
			if !c.late {
				w.claims(t, c.claims)
			}
			w.wait(time.Second)
			id, err := w.reply(w.ana, c.what, c.what)
			code(t, c.what, err, "")
			w.wait(time.Second)
			if c.late {
				w.claims(t, c.claims)
			}
			if c.lost && !w.claimed(c.claims) {
				t.Errorf("%s: nobody is answering before it is known", c.what)
			}
			c.settle(id)
			if a := w.attempt(id); a.State != c.state || w.claimed(c.claims) != c.kept {
				t.Errorf("%s: %s, claimed %t", c.what, a.State, w.claimed(c.claims))
			}
			if want := [2]ticketevent.Kind{ticketevent.KindOUTBOUND_CHANGED, ticketevent.KindREPLY_RELEASED}; (w.last() == want) == c.kept {
				t.Errorf("%s: the log ends with %v", c.what, w.last())
			}
		}
	})
}

// What the log cannot keep is not done at all: neither is the attempt settled nor the claim ended.
func TestTheClaimEndsWithTheSettlement(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.claims(t, w.ana)
		w.ra.broken = io.ErrUnexpectedEOF
		id, err := w.reply(w.ana, "Olá", "k")
		code(t, "a lost answer", err, "")
		w.wait(ticket.Lag)
		refused, attempt := errors.New("no"), w.attempt(id)
		err = w.d.Write(context.Background(), func(ctx context.Context, tx *db.Tx) error {
			v, _ := identity.From(w.bia)
			if err := w.settle(ctx, tx, attempt, Finding{AttemptID: id, Arrived: true}, v.UserID); err != nil {
				return err
			}
			return refused
		})
		if err == nil || w.attempt(id).State != unknown || !w.claimed(w.ana) {
			t.Errorf("%v: %s, claimed %t", err, w.attempt(id).State, w.claimed(w.ana))
		}
	})
}
