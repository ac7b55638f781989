package ticket

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/interaction"
	"citrus.cx/channel/ent/db/outboundattempt"
)

func attempt(id, text string, state outboundattempt.State, twins ...string) *db.OutboundAttempt {
	return &db.OutboundAttempt{
		ID: id, Kind: outboundattempt.KindPUBLIC_REPLY, Text: text, State: state, KnownTwins: twins, CreatedAt: noon, UpdatedAt: noon,
	}
}

func message(id, body string) *db.Interaction {
	return &db.Interaction{
		ID: "itr_" + id, SourceID: id, Kind: interaction.KindPUBLIC_REPLY, AuthorKind: interaction.AuthorKindCOMPANY, Body: body,
	}
}

const (
	pending = outboundattempt.StatePENDING
	unknown = outboundattempt.StateUNKNOWN
	sent    = outboundattempt.StateSENT
	failed  = outboundattempt.StateFAILED
)

// Rule T5, case by case, each one read long after a first read that did not show it.
func TestSettle(t *testing.T) {
	replicaOfTheText := message("9", "Olá")
	replicaOfTheText.Kind, replicaOfTheText.AuthorKind = interaction.KindREPLICA, interaction.AuthorKindCONSUMER
	privateOfTheText := message("9", "Olá")
	privateOfTheText.Kind = interaction.KindPRIVATE_MESSAGE
	for _, c := range []struct {
		what     string
		attempts []*db.OutboundAttempt
		thread   []*db.Interaction
		claimed  []string
		want     string
	}{
		{"there", list(attempt("a", "Olá", unknown)), list(message("1", "Olá")), nil, "a SENT itr_1"},
		{"there with other spaces", list(attempt("a", "Olá,  Ana.\nTudo bem?", unknown)), list(message("1", "Olá, Ana. \r\nTudo bem? ")), nil, "a SENT itr_1"},
		{"not there", list(attempt("a", "Olá", unknown)), nil, nil, "a FAILED "},
		{"only what was there before", list(attempt("a", "Olá", unknown, "1")), list(message("1", "Olá")), nil, "a FAILED "},
		{"a second one with the same text", list(attempt("a", "Olá", unknown, "1")), list(message("1", "Olá"), message("2", "Olá")), nil, "a SENT itr_2"},
		{"another's with the same text", list(attempt("a", "Olá", unknown)), list(message("1", "Olá")), []string{"itr_1"}, "a FAILED "},
		{"altered by RA", list(attempt("a", "Olá, Ana. Isso é um absurdo.", unknown)), list(message("1", "Olá, Ana. Isso é um *******.")), nil, "a SENT itr_1"},
		{"altered beyond recognition", list(attempt("a", "Olá", unknown)), list(message("1", "***")), nil, "a UNKNOWN "},
		{"its own words before altered ones", list(attempt("a", "Olá, Ana. Até já.", unknown), attempt("b", "Olá, Ana. Até logo.", unknown)), list(message("1", "Olá, Ana. Até logo."), message("2", "Olá, Ana. Até ***.")), nil, "b SENT itr_1 a SENT itr_2"},
		{"given up, and there after all", list(attempt("a", "Olá", failed)), list(message("1", "Olá")), nil, "a SENT itr_1"},
		{"given up, and something like it there", list(attempt("a", "Olá, Ana. Até já.", failed)), list(message("1", "Olá, Ana. Até *.")), nil, "a FAILED "},
		{"given up, written again, one there", list(attempt("a", "Olá", failed), attempt("b", "Olá", sent)), list(message("1", "Olá")), nil, "b SENT itr_1 a FAILED "},
		{"given up, written again, both there", list(attempt("a", "Olá", failed), attempt("b", "Olá", sent)), list(message("1", "Olá"), message("2", "Olá")), nil, "b SENT itr_2 a SENT itr_1"},
		{"a replica of the same words", list(attempt("a", "Olá", unknown)), list(replicaOfTheText), nil, "a FAILED "},
		{"a private message of the same words", list(attempt("a", "Olá", unknown)), list(privateOfTheText), nil, "a FAILED "},
		{"in flight and there", list(attempt("a", "Olá", pending)), list(message("1", "Olá")), nil, "a SENT itr_1"},
		{"in flight and not there", list(attempt("a", "Olá", pending)), nil, nil, "a PENDING "},
		{"sent and not there yet", list(attempt("a", "Olá", sent)), nil, nil, "a SENT "},
		{"sent and there", list(attempt("a", "Olá", sent)), list(message("1", "Olá")), nil, "a SENT itr_1"},
		{"two alike, both there", list(attempt("a", "Olá", unknown), attempt("b", "Olá", unknown)), list(message("1", "Olá"), message("2", "Olá")), nil, "b SENT itr_2 a SENT itr_1"},
		{"two alike, one there", list(attempt("a", "Olá", unknown), attempt("b", "Olá", unknown)), list(message("1", "Olá")), nil, "b SENT itr_1 a FAILED "},
		{"two alike, one of them altered", list(attempt("a", "Olá", unknown), attempt("b", "Olá", unknown, "1")), list(message("1", "***"), message("2", "Olá")), nil, "b SENT itr_2 a UNKNOWN "},
		{"two alike, the one there is what RA said yes to", list(attempt("a", "Olá", unknown), attempt("b", "Olá", sent)), list(message("1", "Olá")), nil, "b SENT itr_1 a FAILED "},
	} {
		before := noon.Add(time.Second)
		for _, a := range c.attempts {
			if a.State == unknown {
				a.FirstAbsentAt = &before
			}
		}
		got := ""
		for _, v := range settle(c.attempts, &db.Ticket{}, c.thread, c.claimed, before.Add(Lag)) {
			got += fmt.Sprintf("%s %s %s ", v.attempt.ID, v.state, v.interactionID)
		}
		if got != c.want+" " {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}

func list[T any](entries ...T) []T { return entries }

// Rule T5: two reads, at least two minutes apart, both begun after the call had ended, and the second when a late post would show.
func TestSettleTakesTwoReads(t *testing.T) {
	a := attempt("a", "Olá", unknown)
	at := func(after time.Duration) verdict {
		v := settle(list(a), &db.Ticket{}, nil, nil, noon.Add(after))[0]
		a.State, a.FirstAbsentAt = v.state, v.firstAbsent
		return v
	}
	for _, step := range []struct {
		after  time.Duration
		absent time.Duration // of the first absence; 0 = none
		state  outboundattempt.State
	}{
		{-time.Second, 0, unknown}, // began while the call was under way
		{0, 0, unknown},
		{time.Second, time.Second, unknown},
		{time.Minute, time.Second, unknown},
		{2*time.Minute + time.Second, time.Second, unknown}, // it may show late
		{Lag - time.Microsecond, time.Second, unknown},
		{Lag, time.Second, failed},
	} {
		v := at(step.after)
		absent := time.Duration(0)
		if v.firstAbsent != nil {
			absent = v.firstAbsent.Sub(noon)
		}
		if v.state != step.state || absent != step.absent {
			t.Fatalf("after %s: %s, first absent after %s", step.after, v.state, absent)
		}
	}
}

func TestRecheck(t *testing.T) {
	for _, c := range []struct{ age, wait time.Duration }{
		{-time.Minute, 5 * time.Second},
		{0, 5 * time.Second},
		{10 * time.Second, 10 * time.Second},
		{time.Minute, time.Minute},
		{3 * time.Minute, Lag - 3*time.Minute}, // what is not there by then was never sent
		{Lag, Lag},
		{9 * time.Minute, 9 * time.Minute},
		{time.Hour, 10 * time.Minute},
		{1000 * time.Hour, 10 * time.Minute},
	} {
		if got := recheck(noon, noon.Add(c.age)).Sub(noon.Add(c.age)); got != c.wait {
			t.Errorf("after %s: in %s, want %s", c.age, got, c.wait)
		}
	}
}

// post is a message as a simulated RA has it.
type post struct {
	body  string
	shown time.Time
}

// A simulated RA drops posts, shows them up to five minutes late, and alters their texts; whatever
// happens, as many attempts of a text are SENT as there are such posts, none FAILED that RA has,
// and a settled state never changes again (rule T5).
func TestSettleAgainstASimulatedReclameAqui(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := noon
		var posts []post
		var attempts []*db.OutboundAttempt
		accepted := map[string]bool{} // by attempt
		altered := map[string]bool{}
		thread := func() (in []*db.Interaction) {
			for i, p := range posts {
				if !p.shown.After(now) {
					in = append(in, message(fmt.Sprint(i), p.body))
				}
			}
			return in
		}
		known := func() (ids []string) {
			for _, in := range thread() {
				ids = append(ids, in.SourceID)
			}
			return ids
		}
		send := func() {
			a := attempt(fmt.Sprint(len(attempts)), rapid.SampledFrom([]string{"Olá", "Bom dia"}).Draw(t, "text"), unknown, known()...)
			a.CreatedAt, a.UpdatedAt = now, now
			attempts = append(attempts, a)
			if !rapid.Bool().Draw(t, "accepted") {
				return
			}
			body := a.Text
			if rapid.IntRange(0, 4).Draw(t, "altered") == 0 {
				body, altered[a.ID] = "***", true
			}
			accepted[a.ID] = true
			posts = append(posts, post{body, now.Add(time.Duration(rapid.IntRange(0, 299).Draw(t, "late")) * time.Second)})
			if rapid.Bool().Draw(t, "said yes") {
				a.State = sent
			}
		}
		read := func() {
			var open []*db.OutboundAttempt
			var claimed []string
			for _, a := range attempts {
				switch {
				case a.InteractionID != nil:
					claimed = append(claimed, *a.InteractionID)
				default:
					open = append(open, a)
				}
			}
			for _, v := range settle(open, &db.Ticket{}, thread(), claimed, now) {
				if v.attempt.State == sent && v.state != sent {
					t.Fatalf("%s was SENT and is %s", v.attempt.ID, v.state)
				}
				v.attempt.State, v.attempt.FirstAbsentAt = v.state, v.firstAbsent
				if v.interactionID != "" {
					v.attempt.InteractionID = &v.interactionID
				}
			}
		}
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0:
				send()
			case 1, 2:
				now = now.Add(time.Duration(rapid.IntRange(1, 90).Draw(t, "pause")) * time.Second)
				read()
			case 3: // somebody writes on RA's own site
				posts = append(posts, post{rapid.SampledFrom([]string{"Outra coisa", "***"}).Draw(t, "foreign"), now})
			}
		}
		for range 3 { // in the end everything shows
			now = now.Add(2*time.Minute + time.Second)
			read()
		}
		check(t, attempts, accepted, altered)
	})
}

func check(t *rapid.T, attempts []*db.OutboundAttempt, accepted, altered map[string]bool) {
	var links []string
	for _, text := range []string{"Olá", "Bom dia"} {
		there, believed, lost := 0, 0, 0
		for _, a := range attempts {
			if a.Text != text {
				continue
			}
			if accepted[a.ID] && !altered[a.ID] {
				there++
			}
			if a.InteractionID != nil {
				links, believed = append(links, *a.InteractionID), believed+1
			}
			if a.State == failed && accepted[a.ID] {
				lost++
			}
		}
		if believed != there {
			t.Fatalf("%q: %d attempts became a message, RA has %d", text, believed, there)
		}
		// Which of two alike was lost cannot be known; that one was is certain.
		if dropped := countOf(attempts, func(a *db.OutboundAttempt) bool { return a.Text == text && !accepted[a.ID] }); lost > dropped {
			t.Fatalf("%q: %d FAILED though RA has them, with %d dropped", text, lost, dropped)
		}
	}
	slices.Sort(links)
	if len(slices.Compact(slices.Clone(links))) != len(links) {
		t.Fatalf("a message is two attempts: %v", links)
	}
}

func countOf[T any](list []T, is func(T) bool) (n int) {
	for _, e := range list {
		if is(e) {
			n++
		}
	}
	return n
}
