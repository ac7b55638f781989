package outbound

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"citrus.cx/channel/ent/db/outboundattempt"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/reclameaqui"
	"citrus.cx/channel/server/reclameaqui/sandbox"
)

// doors are the simulator's names of the posts.
var doors = map[outboundattempt.Kind]string{
	outboundattempt.KindPUBLIC_REPLY: "reply", outboundattempt.KindPRIVATE_MESSAGE: "private",
	outboundattempt.KindPRIVATE_CONVERSATION_END: "end-thread", outboundattempt.KindEVALUATION_REQUEST: "evaluation",
	outboundattempt.KindMODERATION_REQUEST: "moderation",
}

// retried are the codes of section 5 of the wire contract that are worth the same request again; the others are for good.
var retried = map[string]bool{
	"4092": true, "4093": true, "4094": true, "4097": true, "4290": true, "5000": true, "5030": true, "40918": true, "40921": true,
}

// Every code × every post: it reaches the agent with its number, a sentence in both languages, and whether to try again;
// what Reclame Aqui has is SENT, and what it may have is UNKNOWN.
func TestEveryCodeReachesTheAgent(t *testing.T) {
	s := newStreet(t, databasetest.Open(t, databasetest.SQLite(t), database.Options{}), sandbox.Config{Complaints: -1})
	for _, c := range reclameaqui.Codes() {
		for _, kind := range everyKind {
			row := s.complain(t, sandbox.NewComplaint{})
			number, _ := strconv.Atoi(c.Code)
			// Twice, for a refused token is asked for anew.
			if err := s.ra.AddFault(sandbox.Fault{Endpoint: doors[kind], Kind: sandbox.CodeFault, Code: number, Times: 2}); err != nil {
				t.Fatal(err)
			}
			o := Order{Kind: kind, TicketID: row.ID, LastSeenID: s.seen(row.ID), Key: row.ID, Text: "Olá", Reason: reclameaqui.ReasonFraud}
			id, err := s.Send(s.ana, o)
			s.ra.ClearFaults()
			what := fmt.Sprintf("%s to %s", c.Code, kind)
			switch state := s.attempt(id).State; state {
			case failed:
				s.told(t, what, c.Code, err)
				again, err := s.Send(s.ana, o)
				if again != id {
					t.Errorf("%s: a repeat made another attempt", what)
				}
				s.told(t, what+", repeated", c.Code, err)
			case sent, unknown:
				if err != nil || state == sent && c.Outcome != reclameaqui.Accepted {
					t.Errorf("%s: %s, %v", what, state, err)
				}
			default:
				t.Errorf("%s: %s", what, state)
			}
		}
	}
}

func (s *street) told(t *testing.T, what, code string, err error) {
	t.Helper()
	list, ok := fault.All(err)
	if !ok || len(list) != 1 {
		t.Errorf("%s: %v", what, err)
		return
	}
	f := list[0]
	if f.UpstreamCode != code || f.Retryable() != retried[code] {
		t.Errorf("%s: told %s %s, to be tried again: %t", what, f.Code, f.UpstreamCode, f.Retryable())
	}
	for _, language := range []fault.Language{fault.Portuguese, fault.English} {
		if m := f.Message(language); m == "" || strings.ContainsAny(m, "{}") {
			t.Errorf("%s: %q", what, m)
		}
	}
}

// Rule T6, the race against the simulator: of two agents who have seen the same, exactly one answers.
func TestRacesOfTwoAgents(t *testing.T) {
	races := 20
	if os.Getenv("CITRUS_SOAK") != "" {
		races = 1000
	}
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		s := newStreet(t, d, sandbox.Config{Complaints: -1})
		for race := range races {
			row := s.complain(t, sandbox.NewComplaint{})
			seen := s.seen(row.ID)
			errs := make([]error, 2)
			var agents sync.WaitGroup
			agents.Go(func() { _, errs[0] = s.Send(s.ana, answerTo(row.ID, "De Ana", seen)) })
			agents.Go(func() { _, errs[1] = s.Send(s.bia, answerTo(row.ID, "De Bia", seen)) })
			agents.Wait()
			if (errs[0] == nil) == (errs[1] == nil) {
				t.Fatalf("race %d: %v, %v", race, errs[0], errs[1])
			}
			for _, err := range errs {
				if err != nil && fault.CodeOf(err) != fault.StaleThread {
					t.Errorf("race %d: %v", race, err)
				}
			}
			if c, err := s.ra.Complaint(row.ComplaintID); err != nil || len(c.Posts()) != 1 {
				t.Fatalf("race %d: %v, %v", race, c.Posts(), err)
			}
		}
	})
}

func answerTo(ticketID, text, seen string) Order {
	return Order{Kind: outboundattempt.KindPUBLIC_REPLY, TicketID: ticketID, Text: text, LastSeenID: seen, Key: ticketID}
}
