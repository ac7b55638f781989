package sandbox

import (
	"math/rand/v2"
	"slices"
	"time"
)

// The starting data reaches this far back, a little less than six months: what is older RA would have frozen.
const seedAge = 175 * 24 * time.Hour

// stage is where a complaint of the starting data stands: what happened to it, and how often that is.
type stage struct {
	weight int
	steps  []step
}

// step is one event of a stage. It is told by s what the complaint is about.
type step func(a *act, p *pen, s story) error

func stages() []stage {
	judged := func(resolved bool) step {
		return func(a *act, p *pen, _ story) error { return a.evaluate(p.judgement(resolved)) }
	}
	status := func(hugme, ra Named) step {
		return func(a *act, _ *pen, _ story) error {
			a.t.HugmeStatus, a.t.RAStatus, a.t.MayAskEvaluation = hugme, ra, false
			return nil
		}
	}
	return []stage{
		{14, nil}, // not answered
		{6, []step{status(hugmeQueued, raUnanswered)}},
		{18, []step{stepAnswer}},
		{4, []step{stepAnswer, stepAsk}},
		{4, []step{stepAnswer, stepCompanyPrivate, stepConsumerPrivate}},
		{10, []step{stepAnswer, stepReplica}},
		{2, []step{stepAnswer, stepReplica, status(hugmePending, raReplicaToo)}},
		{9, []step{stepAnswer, stepReplica, stepLateAnswer}},
		{10, []step{stepAnswer, judged(true)}},
		{6, []step{stepAnswer, stepReplica, stepLateAnswer, stepCompanyPrivate, judged(true)}},
		{5, []step{stepAnswer, stepAsk, judged(true), stepFinal}},
		{6, []step{stepAnswer, stepReplica, judged(false)}},
		{3, []step{stepAnswer, judged(false), stepFinal}},
		{2, []step{judged(false)}}, // rated though never answered
		{1, []step{stepAnswer, judged(true), status(hugmeClosed, raEvaluated)}},
		{2, []step{stepAnswer, func(a *act, _ *pen, _ story) error { a.freeze(); return nil }}},
		{2, []step{stepAnswer, stepModeration}},
		{2, []step{stepAnswer, func(a *act, _ *pen, _ story) error { return a.deactivate() }}},
		{1, []step{stepInactive}},
		{1, []step{stepRedistributed}},
		{1, []step{stepAnswer, judged(true), status(hugmeArchived, raResolved), func(a *act, _ *pen, _ story) error { a.t.Filed = true; return nil }}},
	}
}

func stepAnswer(a *act, p *pen, s story) error {
	if p.chance(40) {
		a.t.Categories = append(a.t.Categories, Category{1000 + s.ID, s.ID, s.Name, Instant{a.at}})
	}
	return a.publicReply(pick(p, staff), p.say(s, s.answers))
}

func stepLateAnswer(a *act, p *pen, s story) error {
	return a.publicReply(pick(p, staff), p.say(s, lateAnswers))
}

func stepReplica(a *act, p *pen, s story) error { return a.replica(p.say(s, s.replicas)) }

func stepAsk(a *act, p *pen, _ story) error {
	if err := a.askEvaluation(pick(p, staff)); err != nil {
		return err
	}
	if p.chance(50) {
		a.t.Whatsapp = nil // asked for by e-mail alone
	}
	return nil
}

func stepFinal(a *act, p *pen, _ story) error {
	text := finalWords[1]
	if a.t.ResolvedIssue {
		text = finalWords[0]
	}
	return a.publicReply(pick(p, staff), text)
}

func stepCompanyPrivate(a *act, p *pen, s story) error {
	return a.companyMessage(pick(p, staff), a.t.Customer.Email[0], p.say(s, companyPrivates))
}

func stepConsumerPrivate(a *act, p *pen, s story) error {
	return a.consumerMessage(p.say(s, consumerPrivates))
}

func stepModeration(a *act, p *pen, _ story) error {
	err := a.askModeration(moderationRequest{by: pick(p, staff), reason: 15, message: "A reclamação cita terceiros."})
	a.t.RAStatus = raModeration
	return err
}

func stepInactive(a *act, _ *pen, _ story) error {
	return a.close(raInactive, "Inativada pelo Reclame Aqui")
}

func stepRedistributed(a *act, _ *pen, _ story) error {
	return a.redistribute(targets[0], "Reclamação de outra empresa")
}

// seed makes the starting data, the same for the same seed, count and second of start. Every stage occurs, if there are
// enough complaints.
func (l *ledger) seed(cfg Config) {
	count := max(0, cfg.Complaints)
	p := newPen(rand.New(rand.NewPCG(uint64(cfg.Seed), 1)))
	now := l.now().UTC().Truncate(time.Second)
	ages := make([]time.Duration, count)
	for i := range ages {
		ages[i] = p.between(10*time.Minute, seedAge)
	}
	slices.Sort(ages)
	slices.Reverse(ages)
	plan := planStages(p, count)
	for i, age := range ages {
		l.put(l.seedOne(p, now, age, plan[i]))
	}
}

func planStages(p *pen, count int) []stage {
	all := stages()
	var weighted []stage
	for _, s := range all {
		for range s.weight {
			weighted = append(weighted, s)
		}
	}
	plan := make([]stage, count)
	for i := range plan {
		plan[i] = pick(p, weighted)
		if i < len(all) {
			plan[i] = all[i]
		}
	}
	p.Shuffle(count, func(i, j int) { plan[i], plan[j] = plan[j], plan[i] })
	return plan
}

// seedOne lives one complaint through its stage, from its creation to at most now.
func (l *ledger) seedOne(p *pen, now time.Time, age time.Duration, st stage) *Ticket {
	taken := now.Add(-age)
	a := &act{at: taken, ids: &l.ids, sw: l.settings.Switches}
	c := p.consumer()
	s := p.story(c)
	a.born(p.complaint(companies[0], c, s, taken.Add(-p.insertionDelay())))
	if c.ID == 0 {
		p.once = append(p.once, a.t.Customer)
	}
	a.finish()
	times := make([]time.Duration, len(st.steps))
	for i := range times {
		times[i] = p.between(min(time.Minute, age), min(age, time.Duration(len(times))*4*24*time.Hour))
	}
	slices.Sort(times)
	for i, do := range st.steps {
		a.at = taken.Add(times[i])
		if do(a, p, s) != nil {
			break // two texts of the same words too close together: the complaint stays where it is
		}
		a.finish()
	}
	return a.t
}

// insertionDelay is how long a complaint takes from the site to HugMe: 139 s in the one real answer.
func (p *pen) insertionDelay() time.Duration { return p.between(20*time.Second, 4*time.Minute) }
