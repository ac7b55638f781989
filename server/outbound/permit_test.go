package outbound

import (
	"context"
	"fmt"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/interaction"
	"citrus.cx/channel/ent/db/outboundattempt"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/reclameaqui"
	"citrus.cx/channel/server/reclameaqui/sandbox"
	"citrus.cx/channel/server/ticket"
)

// everyKind is all that an agent may send.
var everyKind = []outboundattempt.Kind{
	outboundattempt.KindPUBLIC_REPLY, outboundattempt.KindPRIVATE_MESSAGE, outboundattempt.KindPRIVATE_CONVERSATION_END,
	outboundattempt.KindEVALUATION_REQUEST, outboundattempt.KindMODERATION_REQUEST,
}

// happening brings a complaint into a state.
type happening func(ra *sandbox.Server, id int64) error

func say(text string) happening {
	return func(ra *sandbox.Server, id int64) error { _, err := ra.CompanyReply(id, text); return err }
}

func does[A any](verb func(*sandbox.Server, int64, A) (*sandbox.Ticket, error), a A) happening {
	return func(ra *sandbox.Server, id int64) error { _, err := verb(ra, id, a); return err }
}

func is(verb func(*sandbox.Server, int64) (*sandbox.Ticket, error)) happening {
	return func(ra *sandbox.Server, id int64) error { _, err := verb(ra, id); return err }
}

var (
	replies  = happening(func(ra *sandbox.Server, id int64) error { _, err := ra.Replica(id, "E então?"); return err })
	writes   = happening(func(ra *sandbox.Server, id int64) error { _, err := ra.ConsumerMessage(id, "Em segredo"); return err })
	rates    = does((*sandbox.Server).Evaluate, sandbox.Evaluation{Rating: 3})
	asks     = is((*sandbox.Server).AskEvaluation)
	moderate = does((*sandbox.Server).AskModeration, sandbox.NewModeration{Reason: 19, Text: "Fraude"})
)

// states are the ways in which a complaint may stand.
var states = map[string][]happening{
	"new":                      {},
	"answered":                 {say("Olá")},
	"answered, asked to rate":  {say("Olá"), asks},
	"replica":                  {say("Olá"), replies},
	"answered again":           {say("Olá"), replies, say("Oi")},
	"the consumer in private":  {writes},
	"private, ended elsewhere": {writes, func(ra *sandbox.Server, id int64) error { _, err := ra.CompanyMessage(id, "Oi"); return err }},
	"rated":                    {say("Olá"), rates},
	"rated, never answered":    {rates},
	"rated, and a last word":   {say("Olá"), rates, say("Agradecemos")},
	"moderation pending":       {say("Olá"), moderate},
	"moderation denied":        {say("Olá"), moderate, does((*sandbox.Server).Decide, sandbox.Decision{})},
	"frozen":                   {say("Olá"), is((*sandbox.Server).Freeze)},
	"deactivated":              {is((*sandbox.Server).Deactivate)},
	"passed on": {func(ra *sandbox.Server, id int64) error {
		_, err := ra.Redistribute(id, sandbox.SecondCompanyID, "Outra")
		return err
	}},
}

// Rule T7: what is offered is what Reclame Aqui then takes, and what is not offered it refuses, for every state and
// every action.
func TestWhatIsOfferedIsTaken(t *testing.T) {
	s := newStreet(t, databasetest.Open(t, databasetest.SQLite(t), database.Options{}), sandbox.Config{
		Complaints: -1, Switches: sandbox.Switches{ModerationsPerDay: 1_000_000},
	})
	sources := map[string]string{"": "", " on Twitter": "Twitter"}
	for state, history := range states {
		for suffix, source := range sources {
			for _, kind := range everyKind {
				if source != "" && (state == "moderation pending" || state == "moderation denied" || state == "answered, asked to rate" || state == "the consumer in private" || state == "private, ended elsewhere") {
					continue // cannot come about there
				}
				s.offered(t, fmt.Sprintf("%s%s, %s", state, suffix, kind), source, history, kind)
			}
		}
	}
}

func (s *street) offered(t *testing.T, what, source string, history []happening, kind outboundattempt.Kind) {
	t.Helper()
	made, err := s.ra.CreateComplaint(sandbox.NewComplaint{Source: source})
	if err != nil {
		t.Fatal(err)
	}
	for _, happens := range history {
		if err := s.ra.Advance(time.Minute); err != nil {
			t.Fatal(err)
		}
		if err := happens(s.ra, made.ID); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	s.mirror(t, made.ID)
	row := s.of(made.ID)
	offer := ticket.Permit(kind, row, s.facts(row), s.Now())
	if offer.Blocked == nil && kind == outboundattempt.KindMODERATION_REQUEST {
		offer = ticket.PermitReason(reclameaqui.ReasonImproperContent, row, s.facts(row), s.Now())
	}
	o := Order{Kind: kind, TicketID: row.ID, LastSeenID: s.seen(row.ID), Key: what}
	if o.takesText() {
		o.Text = "Uma palavra nossa"
	}
	if kind == outboundattempt.KindMODERATION_REQUEST {
		o.Reason = reclameaqui.ReasonImproperContent
	}
	id, err := s.Send(s.ana, o)
	taken := err == nil && id != "" && s.attempt(id).State == sent
	if kind == outboundattempt.KindPRIVATE_CONVERSATION_END && offer.Blocked != nil && taken {
		return // no conversation is open, which is what was wanted (40925)
	}
	if taken != (offer.Blocked == nil) {
		t.Errorf("%s: offered %t (%v), taken %t (%v)", what, offer.Blocked == nil, offer.Blocked, taken, err)
	}
}

// facts are what the contract's resolver gathers.
func (s *street) facts(t *db.Ticket) ticket.Facts {
	ctx := context.Background()
	return ticket.Facts{
		Thread:     s.d.Writer.Interaction.Query().Where(interaction.TicketID(t.ID)).Order(db.Asc(interaction.FieldID)).AllX(ctx),
		Attempts:   s.d.Writer.OutboundAttempt.Query().Where(outboundattempt.TicketID(t.ID), outboundattempt.StateNEQ(failed)).AllX(ctx),
		HasAddress: true, InUse: true, Zone: time.UTC,
	}
}
