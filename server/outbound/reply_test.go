package outbound

import (
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"citrus.cx/channel/ent/db/hint"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/outboundattempt"
	tickets "citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
)

// Rule T5: what Reclame Aqui says, and what an agent, the ticket and the log are told of it.
func TestOutcomes(t *testing.T) {
	for _, c := range []struct {
		what    string
		ra      answer
		state   outboundattempt.State
		code    fault.Code
		upstr   string
		message string
		status  tickets.Status
	}{
		{"yes", answer{}, sent, "", "", "", tickets.StatusAWAITING_RETURN},
		{"yes, without a body", answer{status: 204}, sent, "", "", "", tickets.StatusAWAITING_RETURN},
		{"it has it already", answer{status: 409, body: `{"code":40930,"message":"duplicada"}`}, sent, "", "", "", tickets.StatusAWAITING_RETURN},
		{"no, with its reason", answer{status: 409, body: `{"code":40920,"message":"Ticket fechado"}`, refuses: true}, failed, fault.UpstreamRefused, "40920", "Reclame Aqui refused: Ticket fechado", tickets.StatusIN_PROGRESS},
		{"no such complaint", answer{status: 404, body: `{"code":4040,"message":"Não encontrado"}`, refuses: true}, failed, fault.UpstreamRefused, "4040", "Reclame Aqui refused: Não encontrado", tickets.StatusIN_PROGRESS},
		{"no, without a word", answer{status: 422, refuses: true}, failed, fault.UpstreamRefused, "", "Reclame Aqui refused: HTTP 422", tickets.StatusIN_PROGRESS},
		{"too many calls", answer{status: 429, body: `{"code":4290}`, refuses: true}, failed, fault.RateLimited, "4290", "", tickets.StatusIN_PROGRESS},
		{"no connection", answer{broken: &net.OpError{Op: "dial", Err: io.EOF}, refuses: true}, failed, fault.UpstreamUnavailable, "", "", tickets.StatusIN_PROGRESS},
		{"an outage", answer{status: 500}, unknown, "", "", "", tickets.StatusIN_PROGRESS},
		{"an outage of a proxy", answer{status: 502, body: "<html>"}, unknown, "", "", "", tickets.StatusIN_PROGRESS},
		{"a time-out of a proxy", answer{status: 408}, unknown, "", "", "", tickets.StatusIN_PROGRESS},
		{"its history was not kept", answer{status: 409, body: `{"code":4097}`}, unknown, "", "", "", tickets.StatusIN_PROGRESS},
		{"a time-out", answer{broken: context.DeadlineExceeded}, unknown, "", "", "", tickets.StatusIN_PROGRESS},
		{"dropped", answer{broken: io.ErrUnexpectedEOF}, unknown, "", "", "", tickets.StatusIN_PROGRESS},
	} {
		t.Run(c.what, func(t *testing.T) {
			databases := each
			if !slices.Contains([]string{"yes", "no, with its reason", "dropped"}, c.what) {
				databases = onSQLite // what is stored differs by these three alone
			}
			databases(t, func(t *testing.T, w *world) {
				w.ra.answer = c.ra
				id, err := w.reply(w.ana, " Olá,\r\nMaria. ", "k")
				code(t, "the answer", err, c.code)
				a := w.attempt(id)
				if a.State != c.state || a.Text != "Olá,\nMaria." || (a.SettledAt == nil) != (c.state == unknown) {
					t.Errorf("%v", a)
				}
				if c.code != "" {
					list, _ := fault.All(err)
					if list[0].UpstreamCode != c.upstr || c.message != "" && list[0].Message(fault.English) != c.message {
						t.Errorf("the agent is told %q, code %q", list[0].Message(fault.English), list[0].UpstreamCode)
					}
				}
				row := w.ticket()
				if row.Status != c.status || row.Unread != (c.state != sent) {
					t.Errorf("the ticket is %s, unread %t", row.Status, row.Unread)
				}
				if got := w.story(); got != "PENDING "+string(c.state) {
					t.Errorf("the log tells %s", got)
				}
				if n := w.d.Writer.Hint.Query().Where(hint.CauseEQ(hint.CauseOUTBOUND)).CountX(w.ana); (n == 1) != (c.state != failed) {
					t.Errorf("%d reads to come", n)
				}
				// A repeat sends nothing and says the same.
				before := len(w.ra.posts)
				again, err := w.reply(w.ana, "Olá,\nMaria.", "k")
				code(t, "a repeat", err, c.code)
				if again != id || len(w.ra.posts) != before {
					t.Errorf("a repeat made %s, %d posts", again, len(w.ra.posts))
				}
			})
		})
	}
}

// Rule T5: an unknown fate is settled by reading, and nobody gets the same text twice.
func TestUnknownIsSettledByReading(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.ra.broken = io.ErrUnexpectedEOF
		arrived, err := w.reply(w.ana, "Olá", "1")
		code(t, "a lost answer", err, "")
		w.wait(5 * time.Second)
		w.read(t)
		if a := w.attempt(arrived); a.State != sent || a.InteractionID == nil || w.ticket().Status != tickets.StatusAWAITING_RETURN {
			t.Fatalf("%v, %s", a, w.ticket().Status)
		}
		w.ra.refuses = true
		lost, err := w.reply(w.ana, "Ainda estamos vendo", "2")
		code(t, "another", err, "")
		_, err = w.reply(w.bia, "Ainda estamos vendo", "3")
		code(t, "a colleague meanwhile", err, fault.StaleThread)
		for _, c := range []struct {
			wait time.Duration
			want outboundattempt.State
		}{{time.Second, unknown}, {time.Minute, unknown}, {time.Minute, unknown}, {3 * time.Minute, failed}} {
			w.wait(c.wait)
			w.read(t)
			if a := w.attempt(lost); a.State != c.want {
				t.Fatalf("after %s more: %v", c.wait, a)
			}
		}
		if got := w.story(); got != "PENDING UNKNOWN SENT PENDING UNKNOWN FAILED" {
			t.Error(got)
		}
		_, err = w.reply(w.ana, "Ainda estamos vendo", "2")
		code(t, "the same key says so", err, fault.UpstreamUnavailable)
		w.ra.refuses, w.ra.broken = false, nil
		if _, err := w.reply(w.bia, "Ainda estamos vendo", "4"); err != nil || strings.Join(w.ra.posts, "|") != "Olá|Ainda estamos vendo" {
			t.Errorf("%v, %q", err, w.ra.posts)
		}
	})
}

// Rule T6: what the author has not seen, be it a replica or a colleague's attempt, refuses the answer.
func TestGuard(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		seen := w.newest()
		reply := func(ctx context.Context, seen, text, key string) error {
			_, err := w.Send(ctx, w.answer(text, seen, key))
			return err
		}
		code(t, "nothing seen", reply(w.ana, "", "x", "1"), fault.StaleThread)
		code(t, "something of elsewhere seen", reply(w.ana, "itr_none", "x", "2"), fault.NotFound)
		w.ra.replica = true
		w.read(t)
		code(t, "a replica not seen", reply(w.ana, seen, "x", "3"), fault.StaleThread)
		seen = w.newest()
		w.ra.show = func(string) string { return "" } // RA shows it late
		code(t, "seen", reply(w.ana, seen, "Olá", "4"), "")
		code(t, "a colleague's is sent and not shown", reply(w.bia, seen, "Oi", "5"), fault.StaleThread)
		code(t, "nor a second of one's own", reply(w.ana, seen, "Oi", "6"), fault.StaleThread)
		if n := len(w.ra.posts); n != 1 {
			t.Errorf("%d posts", n)
		}
		code(t, "a refused one leaves the key free", reply(w.bia, seen, "Outro texto", "5"), fault.StaleThread)
	})
}

// What Reclame Aqui altered stays unknown and does not stop the conversation; nor does a repeat
// that it had already, and so never shows again (40930).
func TestNothingStopsTheConversationForEver(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.ra.show = func(text string) string { return strings.ReplaceAll(text, "palavrão", "***") }
		w.ra.broken = io.ErrUnexpectedEOF
		altered, err := w.reply(w.ana, "palavrão", "1")
		code(t, "an altered text", err, "")
		w.wait(10 * time.Minute)
		w.read(t)
		w.wait(10 * time.Minute)
		w.read(t)
		if a := w.attempt(altered); a.State != unknown {
			t.Fatalf("%v", a)
		}
		w.ra.broken = nil
		if _, err := w.reply(w.bia, "Olá", "2"); err != nil {
			t.Fatal(err)
		}
		w.wait(time.Second)
		w.read(t)
		w.ra.status, w.ra.body, w.ra.refuses = 409, `{"code":40930}`, true
		repeat, err := w.reply(w.bia, "Olá", "3")
		code(t, "a repeat", err, "")
		if a := w.attempt(repeat); a.State != sent {
			t.Fatalf("%v", a)
		}
		w.ra.status, w.ra.refuses = 0, false
		w.wait(time.Minute)
		w.read(t)
		_, err = w.reply(w.ana, "Mais uma coisa", "4")
		code(t, "while it may still show", err, fault.StaleThread)
		w.wait(time.Minute)
		w.read(t)
		if _, err = w.reply(w.ana, "Mais uma coisa", "5"); err != nil || len(w.ra.posts) != 3 {
			t.Errorf("%v, %q", err, w.ra.posts)
		}
	})
}

// Rule T6: a complaint that was last read more than 60 s ago is read first; where that fails nothing is sent.
func TestReadBeforeReply(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.wait(60 * time.Second)
		w.ra.show = func(string) string { return "" }
		if _, err := w.reply(w.ana, "Olá", "1"); err != nil || w.ra.reads != 0 {
			t.Fatalf("%v, %d reads", err, w.ra.reads)
		}
		w.ra.show = nil
		w.wait(time.Second)
		w.ra.unread = true
		_, err := w.reply(w.bia, "Oi", "2")
		code(t, "unreadable", err, fault.UpstreamUnavailable)
		w.ra.unread = false
		seen := w.newest()
		_, err = w.Send(w.bia, w.answer("Oi", seen, "3"))
		code(t, "the colleague's answer shows now", err, fault.StaleThread)
		if w.ra.reads != 2 || len(w.ra.posts) != 1 || w.newest() == seen {
			t.Errorf("%d reads, %d posts", w.ra.reads, len(w.ra.posts))
		}
		if n := w.d.Writer.OutboundAttempt.Query().CountX(w.ana); n != 1 {
			t.Errorf("%d attempts", n)
		}
	})
}

// Design rule 8: one key is one post, however often and however fast it is asked for.
func TestFiftyAtOnceWithOneKey(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var agents sync.WaitGroup
		seen := w.newest()
		ids := make([]string, 50)
		for i := range ids {
			agents.Go(func() {
				var err error
				ids[i], err = w.Send(w.ana, w.answer("Olá", seen, "k"))
				if err != nil {
					t.Error(err)
				}
			})
		}
		agents.Wait()
		for _, id := range ids {
			if id != ids[0] || id == "" {
				t.Errorf("%q and %q", ids[0], id)
			}
		}
		if len(w.ra.posts) != 1 || w.story() != "PENDING SENT" {
			t.Errorf("%d posts, %s", len(w.ra.posts), w.story())
		}
	})
}

// A key stands for one text on one ticket, also where both come at once; and for one agent's.
func TestAnotherTextUnderAKey(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		if _, err := w.reply(w.ana, "Olá", "k"); err != nil {
			t.Fatal(err)
		}
		_, err := w.reply(w.ana, "Oi", "k")
		code(t, "another text", err, fault.IdempotencyKeyReused)
		w.read(t)
		if _, err := w.reply(w.bia, "Oi", "k"); err != nil {
			t.Errorf("another agent's key: %v", err)
		}
		w.read(t)
		var agents sync.WaitGroup
		seen, results := w.newest(), make([]error, 10)
		for i := range results {
			agents.Go(func() {
				_, results[i] = w.Send(w.ana, w.answer(fmt.Sprint("Texto ", i%5), seen, "l"))
			})
		}
		agents.Wait()
		taken := 0
		for i, err := range results {
			switch {
			case err == nil:
				taken++
			default:
				code(t, fmt.Sprint("text ", i%5), err, fault.IdempotencyKeyReused)
			}
		}
		if taken != 2 || len(w.ra.posts) != 3 {
			t.Errorf("%d were told that it is sent, %d posts", taken, len(w.ra.posts))
		}
	})
}

// Rule T6, the race: of two agents who answer at once exactly one does.
func TestTwoAgentsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for round := range 5 {
			var agents sync.WaitGroup
			seen, posts := w.newest(), len(w.ra.posts)
			errs := make([]error, 2)
			for i, agent := range []context.Context{w.ana, w.bia} {
				agents.Go(func() {
					_, errs[i] = w.Send(agent, w.answer(fmt.Sprint("Olá ", round, i), seen, fmt.Sprint(round)))
				})
			}
			agents.Wait()
			if (errs[0] == nil) == (errs[1] == nil) || len(w.ra.posts) != posts+1 {
				t.Fatalf("%v, %v, %d posts", errs[0], errs[1], len(w.ra.posts)-posts)
			}
			w.wait(time.Second)
			w.read(t)
		}
	})
}

// What a crash left in flight becomes unknown and is read; what began after the start is under way.
func TestRecover(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ana, _ := identity.From(w.ana)
		make := func(key string, at time.Time, state outboundattempt.State) string {
			return w.d.Writer.OutboundAttempt.Create().SetTicketID(w.ticketID).SetAuthorID(ana.UserID).SetKind(outboundattempt.KindPUBLIC_REPLY).
				SetText("Olá").SetState(state).SetIdempotencyKey(key).SetInputHash("x").SetKnownTwins([]string{}).SetCreatedAt(at).SaveX(w.ana).ID
		}
		left, under, done := make("1", began.Add(-time.Second), pending), make("2", began.Add(time.Second), pending), make("3", began.Add(-time.Hour), sent)
		for range 2 {
			if err := w.Recover(context.Background(), began); err != nil {
				t.Fatal(err)
			}
		}
		if w.attempt(left).State != unknown || w.attempt(under).State != pending || w.attempt(done).State != sent || w.story() != "UNKNOWN" {
			t.Errorf("%s, %s, %s: %s", w.attempt(left).State, w.attempt(under).State, w.attempt(done).State, w.story())
		}
		if n := w.d.Writer.Hint.Query().CountX(w.ana); n != 1 {
			t.Errorf("%d reads to come", n)
		}
	})
}

// A process that starts while another one sends takes the attempt for lost; the answer, yes or no, counts all the same.
func TestTheAnswerOverrulesAnotherProcesssRecovery(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.ra.posting = func() {
			if err := w.Recover(context.Background(), began.Add(time.Hour)); err != nil {
				t.Error(err)
			}
		}
		w.ra.refuses, w.ra.status, w.ra.body = true, 409, `{"code":"4090"}`
		id, err := w.reply(w.ana, "Olá", "no")
		code(t, "a no", err, fault.UpstreamRefused)
		if a := w.attempt(id); a.State != failed || w.story() != "PENDING UNKNOWN FAILED" {
			t.Errorf("%v, %s", a, w.story())
		}
		w.ra.refuses, w.ra.status, w.ra.body = false, 0, ""
		id, err = w.reply(w.ana, "Olá", "yes")
		code(t, "a yes", err, "")
		if a := w.attempt(id); a.State != sent || w.story() != "PENDING UNKNOWN FAILED PENDING UNKNOWN SENT" {
			t.Errorf("%v, %s", a, w.story())
		}
	})
}

// A read that is faster than the answer settles the attempt, and the answer changes nothing of it.
func TestAReadIsFasterThanTheAnswer(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.ra.posts = []string{"Olá"} // it has arrived
		w.ra.posting = func() { w.read(t) }
		w.ra.refuses, w.ra.broken = true, io.ErrUnexpectedEOF
		id, err := w.reply(w.ana, "Olá", "k")
		code(t, "the answer", err, "")
		if a := w.attempt(id); a.State != sent || w.story() != "PENDING SENT" {
			t.Errorf("%v, %s", a, w.story())
		}
	})
}

// Who may not, cannot; and nothing is sent where something is wrong with the answer itself.
func TestRefused(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		elsewhere := identity.With(context.Background(), identity.Viewer{UserID: "usr_x", Role: user.RoleAGENT, SectorIDs: []string{"sec_other"}})
		for _, c := range []struct {
			ctx       context.Context
			text, key string
			want      fault.Code
		}{
			{context.Background(), "Olá", "k", fault.Unauthenticated},
			{elsewhere, "Olá", "k", fault.NotFound},
			{w.ana, " \n", "k", fault.Required},
			{w.ana, "Olá", "", fault.Required},
			{w.ana, "a\x00b", "k", fault.Invalid},
			{w.ana, strings.Repeat("é", MaxText+1), "k", fault.TooLong},
			{w.ana, "Olá", strings.Repeat("k", 201), fault.TooLong},
		} {
			_, err := w.reply(c.ctx, c.text, c.key)
			code(t, fmt.Sprintf("%.10q", c.text), err, c.want)
		}
		_, err := w.Send(w.ana, Order{Kind: outboundattempt.KindPUBLIC_REPLY, TicketID: "tkt_none", Text: "Olá", Key: "k"})
		code(t, "what is not there", err, fault.NotFound)
		w.d.Writer.Integration.Update().SetState(integration.StateARCHIVED).ExecX(w.ana)
		_, err = w.reply(w.ana, "Olá", "k")
		code(t, "an integration out of use", err, fault.InvalidState)
		if len(w.ra.posts) != 0 {
			t.Errorf("%d posts", len(w.ra.posts))
		}
		if _, err := w.reply(w.ana, strings.Repeat("é", MaxText), "longest"); fault.CodeOf(err) != fault.InvalidState {
			t.Errorf("the longest text: %v", err)
		}
	})
}
