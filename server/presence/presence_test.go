package presence

import (
	"context"
	"fmt"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/outboundattempt"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/identity"
)

// Rule T9: a claim is taken over and never refused, each change is told of once, the ticket itself stays as it is.
func TestClaimAndRelease(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.claims(w.a, "Ana", "")
		w.shows("claimed", "Ana")
		w.later(20 * time.Second)
		w.claims(w.b, "Ana", "") // renewed, also by another process: no event
		w.later(20 * time.Second)
		w.shows("renewed", "Ana")
		w.claims(w.a, "Bia", "Ana")
		w.shows("taken over", "Bia")
		want(t, w.a.Release(w.as("Ana"), w.ticketID, ""), "a colleague's", "")
		w.shows("a colleague's is not released", "Bia")
		want(t, w.a.Release(w.as("Bia"), w.ticketID, ""), "one's own", "")
		want(t, w.a.Release(w.as("Bia"), w.ticketID, ""), "nobody's", "")
		w.shows("released", "")
		w.told("CLAIMED Ana: – → Ana", "CLAIMED Bia: Ana → Bia", "RELEASED Bia: Bia → –")
	})
}

func TestWhoMayClaim(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		verbs := map[string]func(ctx context.Context, id string) error{
			"claim":   func(ctx context.Context, id string) error { _, err := w.a.Claim(ctx, id, ""); return err },
			"release": func(ctx context.Context, id string) error { return w.a.Release(ctx, id, "") },
		}
		for what, do := range verbs {
			want(t, do(context.Background(), w.ticketID), what+" by nobody", "UNAUTHENTICATED@")
			want(t, do(identity.System(context.Background()), w.ticketID), what+" by the product", "UNAUTHENTICATED@")
			want(t, do(w.as("Caio"), w.ticketID), what+" by another sector", "NOT_FOUND@ticketId")
			want(t, do(w.as("Ana"), "tkt_none"), what+" of nothing", "NOT_FOUND@ticketId")
		}
		w.told()
		w.claims(w.a, "Elis", "")
		// Whoever lost sight of the ticket may still end what is his.
		w.claims(w.a, "Ana", "Elis")
		w.d.Writer.User.UpdateOneID(w.id["Ana"]).ClearSectors().ExecX(context.Background())
		want(t, w.a.Release(w.as("Ana"), w.ticketID, ""), "out of sight", "")
		w.told("CLAIMED Elis: – → Elis", "CLAIMED Ana: Elis → Ana", "RELEASED Ana: Ana → –")
	})
}

// Design rule 8: a repeat of a key answers as the first time, and takes nothing back from whoever came after.
func TestOneKeyIsOneClaim(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.claims(w.a, "Ana", "")
		for range 2 {
			from, err := w.a.Claim(w.as("Bia"), w.ticketID, "k")
			if from != w.id["Ana"] || err != nil {
				t.Errorf("taken over from %q, %v", from, err)
			}
			w.claims(w.a, "Elis", map[bool]string{true: "Bia"}[w.holder() == "Bia"])
			w.shows("after the repeat", "Elis")
		}
		_, err := w.a.Claim(w.as("Bia"), "tkt_none", "k")
		want(t, err, "the key for another ticket", "IDEMPOTENCY_KEY_REUSED@idempotencyKey")
	})
}

// Without a socket a claim lives 30 seconds, is shown to nobody then, and any process deletes it.
func TestALeaseRunsOut(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.claims(w.a, "Ana", "")
		w.turns(29*time.Second, w.a, w.b)
		w.shows("after 29 s", "Ana")
		w.later(time.Second)
		w.shows("after 30 s", "")
		w.told("CLAIMED Ana: – → Ana")
		w.claims(w.b, "Bia", "") // what has run out is taken over from nobody
		w.turns(31*time.Second, w.b, w.a)
		w.told("CLAIMED Ana: – → Ana", "CLAIMED Bia: Ana → Bia", "RELEASED SYSTEM: Bia → –")
	})
}

// A socket renews, wherever the claim was made; within ten seconds of its end the claim is gone.
func TestTheSocketRenews(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		hold := w.listens(w.a, "Ana")
		for _, made := range []*house{w.a, w.b} {
			w.claims(made, "Ana", "")
			w.turns(2*time.Minute, w.a, w.b)
			w.shows("two minutes later", "Ana")
			w.claims(made, "Ana", "")
			hold.Leave()
			w.turns(4*time.Second, w.a, w.b)
			w.shows("while the client may come back", "Ana")
			w.turns(4*time.Second, w.a, w.b)
			w.shows("eight seconds after the socket's end", "")
			hold = w.listens(w.a, "Ana")
		}
		w.turns(time.Minute, w.a, w.b)
		w.told("CLAIMED Ana: – → Ana", "RELEASED SYSTEM: Ana → –", "CLAIMED Ana: – → Ana", "RELEASED SYSTEM: Ana → –")
	})
}

// A client that lost its connection goes on where it was, in this process or in another, and nobody is told.
func TestComingBack(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		hold := w.listens(w.a, "Ana")
		w.claims(w.a, "Ana", "")
		for i, next := range []*house{w.a, w.b, w.b, w.a} {
			hold.Leave()
			w.turns(3*time.Second, w.a, w.b)
			hold = w.listens(next, "Ana")
			w.turns(20*time.Second, w.a, w.b)
			w.shows(fmt.Sprint("back for the ", i+1, ". time"), "Ana")
		}
		// Two sockets in two processes: the end of one is not the end of the claim.
		second := w.listens(w.b, "Ana")
		for _, leave := range []*identity.Hold{hold, second} {
			w.shows("while one is left", "Ana")
			leave.Leave()
			w.turns(20*time.Second, w.a, w.b)
		}
		w.shows("when none is left", "")
		w.told("CLAIMED Ana: – → Ana", "RELEASED SYSTEM: Ana → –")
	})
}

// What a process renewed that is no more goes with the lease.
func TestADeadProcess(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.listens(w.a, "Ana")
		w.claims(w.a, "Ana", "")
		w.turns(time.Minute, w.a, w.b)
		w.turns(24*time.Second, w.b)
		w.shows("24 s after its death", "Ana")
		w.turns(7*time.Second, w.b)
		w.shows("31 s after its death", "")
		w.told("CLAIMED Ana: – → Ana", "RELEASED SYSTEM: Ana → –")
	})
}

// Taken over, a claim is the other's: the socket of who had it renews it no more, and its end ends nothing.
func TestTakenOverFromWhoListens(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		hold := w.listens(w.a, "Ana")
		w.claims(w.a, "Ana", "")
		w.turns(10*time.Second, w.a, w.b)
		w.claims(w.b, "Bia", "Ana")
		hold.Leave()
		w.turns(20*time.Second, w.a, w.b)
		w.shows("though the colleague has left", "Bia")
		w.turns(11*time.Second, w.a, w.b)
		w.shows("unrenewed", "")
	})
}

// Whoever does not see the ticket any more is not renewed.
func TestATicketThatWentAway(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		defer w.listens(w.a, "Ana").Leave()
		w.claims(w.a, "Ana", "")
		w.d.Writer.Ticket.UpdateOneID(w.ticketID).SetSectorID(w.id["Vendas"]).ExecX(context.Background())
		w.turns(31*time.Second, w.a, w.b)
		if n := w.d.Writer.ReplyClaim.Query().CountX(context.Background()); n != 0 {
			t.Errorf("%d claims", n)
		}
		w.told("CLAIMED Ana: – → Ana", "RELEASED SYSTEM: Ana → –")
	})
}

// An answer ends its author's claim and nobody else's; one that is made after it was sent is for the next.
func TestAnswered(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		answer := func(name string, kind outboundattempt.Kind, sent time.Time) {
			t.Helper()
			if err := w.d.Write(context.Background(), func(ctx context.Context, tx *db.Tx) error {
				return Answered(ctx, tx, w.store, &db.OutboundAttempt{TicketID: w.ticketID, AuthorID: w.id[name], Kind: kind, CreatedAt: sent})
			}); err != nil {
				t.Fatal(err)
			}
		}
		const reply = outboundattempt.KindPUBLIC_REPLY
		answer("Ana", reply, w.now())
		w.claims(w.a, "Ana", "")
		answer("Bia", reply, w.now())
		w.shows("another has answered", "Ana")
		answer("Ana", outboundattempt.KindEVALUATION_REQUEST, w.now())
		w.shows("he has asked for a rating", "Ana")
		answer("Ana", reply, w.now().Add(-time.Microsecond))
		w.shows("what he sent before has arrived", "Ana")
		answer("Ana", reply, w.now())
		w.shows("he has answered", "")
		w.claims(w.a, "Ana", "")
		w.later(time.Second)
		answer("Ana", outboundattempt.KindPRIVATE_MESSAGE, w.now())
		w.shows("he has answered in private", "")
		w.told("CLAIMED Ana: – → Ana", "RELEASED Ana: Ana → –", "CLAIMED Ana: – → Ana", "RELEASED Ana: Ana → –")
	})
}

// Of those who claim at once exactly one holds, and each but the first took it over from the one before.
func TestClaimingAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		names := []string{"Ana", "Bia", "Elis"}
		ctxs := []context.Context{w.as("Ana"), w.as("Bia"), w.as("Elis")}
		houses := []*house{w.a, w.b}
		last := ""
		for race := range 20 {
			before := w.d.Writer.TicketEvent.Query().CountX(context.Background())
			for _, err := range together(len(names), func(i int) error {
				_, err := houses[(i+race)%2].Claim(ctxs[i], w.ticketID, "")
				return err
			}) {
				want(t, err, "a claim", "")
			}
			list := w.d.Writer.TicketEvent.Query().Order(ticketevent.ByID()).Offset(before).AllX(context.Background())
			for _, e := range list {
				if w.nameOr(e.Changes[0].Old) != map[bool]string{true: "–", false: last}[last == ""] || e.Changes[0].New == nil || *e.Changes[0].New != *e.ActorID {
					t.Errorf("race %d: %s → %s after %q", race, w.nameOr(e.Changes[0].Old), w.nameOr(e.Changes[0].New), last)
				}
				last = w.name(*e.ActorID)
			}
			if len(list) < len(names)-1 { // who has it already only renews
				t.Errorf("race %d: %d events", race, len(list))
			}
			w.shows(fmt.Sprint("race ", race), last)
		}
	})
}

// Whatever runs out and is claimed, swept by two processes at once: every event begins where the one before ended.
func TestSweepingAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		names := []string{"Ana", "Bia"}
		ctxs := []context.Context{w.as("Ana"), w.as("Bia")}
		for round := range 20 {
			w.claims(w.a, names[round%2], "")
			w.later(lease)
			for _, err := range together(4, func(i int) error {
				if i == 3 {
					_, err := w.a.Claim(ctxs[(round+1)%2], w.ticketID, "")
					return err
				}
				return []*house{w.a, w.b}[i%2].turn(context.Background())
			}) {
				if err != nil {
					t.Fatal(err)
				}
			}
			w.shows("claimed while it is swept", names[(round+1)%2])
			w.later(lease)
			w.turns(time.Second, w.a)
		}
		at := "–"
		for _, e := range w.d.Writer.TicketEvent.Query().Order(ticketevent.ByID()).AllX(context.Background()) {
			if old := w.nameOr(e.Changes[0].Old); old != at {
				t.Fatalf("%s: from %s where it was %s", e.Kind, old, at)
			}
			at = w.nameOr(e.Changes[0].New)
		}
		if at != "–" {
			t.Errorf("%s is left", at)
		}
	})
}

// Run ends with its context, and renews and deletes until then.
func TestRun(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.claims(w.a, "Ana", "")
		w.later(lease)
		ctx, stop := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- w.a.Run(ctx) }()
		deadline := time.After(20 * time.Second)
		for w.d.Writer.ReplyClaim.Query().CountX(context.Background()) > 0 {
			select {
			case <-deadline:
				t.Fatal("it is not deleted")
			case <-time.After(20 * time.Millisecond):
			}
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
