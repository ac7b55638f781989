package outbound

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/outboundattempt"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/reclameaqui/sandbox"
)

// errand is an answer that an agent wants a consumer to have: he tries until he is told that it is there.
type errand struct {
	agent   context.Context
	kind    outboundattempt.Kind
	text    string
	attempt string
	tries   int
}

// round is the errands of one complaint, one after the other.
type round struct {
	ticket *db.Ticket
	todo   []*errand
	done   []*errand
}

// phrases are what agents paste; the same one may go to the same consumer twice.
var phrases = []string{
	"Olá! Recebemos a sua mensagem e já estamos verificando com a transportadora.",
	"O estorno foi solicitado e aparece na próxima fatura do cartão.",
	"Pedimos desculpas pelo transtorno. Um novo produto será enviado amanhã.",
}

// Rule T5: whatever Reclame Aqui does, each consumer gets each answer once, and in the end everybody knows it. It takes
// identical texts here, so that nothing but our own care keeps them apart.
func TestEachConsumerGetsEachAnswerOnce(t *testing.T) {
	complaints, errands, seeds := 40, 3, []uint64{1}
	if os.Getenv("CITRUS_SOAK") != "" {
		complaints, errands, seeds = 2500, 4, []uint64{uint64(time.Now().UnixNano())}
	}
	for _, seed := range seeds {
		databasetest.Each(t, func(t *testing.T, d *database.DB) {
			t.Logf("seed %d", seed)
			s := newStreet(t, d, sandbox.Config{Complaints: -1, Switches: sandbox.Switches{RepeatsTaken: true}})
			rounds := s.rounds(t, complaints, errands)
			odds := sandbox.Odds{
				DropBefore: 0.08, DropAfter: 0.1, Error500: 0.05, Limit429: 0.05, Delay: 0.02, DelayMs: 5,
				ShowLate: 0.2, ShowAfterSeconds: 240, AlterText: 0.1,
			}
			if err := s.ra.SetChaos(sandbox.Chaos{Seed: seed, Endpoints: map[string]sandbox.Odds{"any": odds}}); err != nil {
				t.Fatal(err)
			}
			for left := true; left; {
				left = s.pass(t, rounds)
				if err := s.ra.Advance(15 * time.Second); err != nil {
					t.Fatal(err)
				}
				s.readDue(t)
			}
			s.judge(t, rounds)
		})
	}
}

func (s *street) rounds(t *testing.T, complaints, errands int) []*round {
	t.Helper()
	rounds := make([]*round, complaints)
	agents := []context.Context{s.ana, s.bia}
	for i := range rounds {
		r := &round{ticket: s.complain(t, sandbox.NewComplaint{})}
		for n := range errands {
			e := &errand{agent: agents[(i+n)%2], kind: outboundattempt.KindPUBLIC_REPLY, text: phrases[(i+n)%len(phrases)]}
			if n%2 == 1 {
				e.text = fmt.Sprintf("Seu protocolo é o %d-%d. Guarde este número para acompanhar o caso.", i, n)
			}
			if (i+n)%4 == 3 {
				e.kind = outboundattempt.KindPRIVATE_MESSAGE
			}
			r.todo = append(r.todo, e)
		}
		rounds[i] = r
	}
	return rounds
}

// pass lets every agent do what he can now, eight at a time, and says whether something is left.
func (s *street) pass(t *testing.T, rounds []*round) (left bool) {
	var workers sync.WaitGroup
	work := make(chan *round)
	for range 8 {
		workers.Go(func() {
			for r := range work {
				s.try(t, r)
			}
		})
	}
	for _, r := range rounds {
		if len(r.todo) > 0 {
			left = true
			work <- r
		}
	}
	close(work)
	workers.Wait()
	return left
}

// try goes on with the first errand of a round, as an agent does: what failed is written again, what is unknown is not.
func (s *street) try(t *testing.T, r *round) {
	e := r.todo[0]
	if e.attempt == "" {
		e.tries++
		if e.tries > 200 {
			t.Errorf("%q cannot be sent", e.text)
			r.todo = nil
			return
		}
		id, err := s.Send(e.agent, Order{
			Kind: e.kind, TicketID: r.ticket.ID, Text: e.text, LastSeenID: s.seen(r.ticket.ID),
			Key: fmt.Sprintf("%s %p %d", r.ticket.ID, e, e.tries),
		})
		if id == "" || err != nil {
			return // stale, unreadable, or a certain no
		}
		e.attempt = id
	}
	switch s.attempt(e.attempt).State {
	case sent:
		r.todo, r.done = r.todo[1:], append(r.done, e)
	case failed:
		e.attempt = ""
	}
}

// judge compares what the consumers have with what they were to have.
func (s *street) judge(t *testing.T, rounds []*round) {
	t.Helper()
	ctx := context.Background()
	open := s.d.Writer.OutboundAttempt.Query().
		Where(outboundattempt.StateNotIn(sent, failed)).CountX(ctx)
	if open != 0 {
		t.Errorf("%d attempts have no end", open)
	}
	unlucky := 0
	for _, r := range rounds {
		var want, got []string
		for _, e := range r.done {
			want = append(want, string(e.kind)+" "+e.text)
			unlucky += e.tries - 1
		}
		c, err := s.ra.Complaint(r.ticket.ComplaintID)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range c.Posts() {
			kind := outboundattempt.KindPUBLIC_REPLY
			if p.Kind == sandbox.PostPrivate {
				kind = outboundattempt.KindPRIVATE_MESSAGE
			}
			got = append(got, string(kind)+" "+p.Text)
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("complaint %d has\n%q, want\n%q", r.ticket.ComplaintID, got, want)
		}
	}
	t.Logf("%d attempts, %d tries in vain", s.d.Writer.OutboundAttempt.Query().CountX(ctx), unlucky)
}
