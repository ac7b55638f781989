package quota

import (
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"citrus.cx/channel/ent/schema"
)

var standard = rules{window: time.Minute, held: 2}

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

func second(s float64) time.Time { return noon.Add(time.Duration(s * float64(time.Second))) }

func at(seconds ...float64) []schema.Calls {
	list := []schema.Calls{}
	for _, s := range seconds {
		list = append(list, schema.Calls{At: second(s), N: 1})
	}
	return list
}

func TestMoment(t *testing.T) {
	eight := []float64{0, 0, 0, 0, 0, 0, 0, 0}
	for _, c := range []struct {
		name  string
		limit int
		calls []float64
		block float64 // 0: none
		claim float64 // 0: none
		lane  Lane
		owed  bool
		now   float64
		want  float64
	}{
		{name: "an idle credential is free", limit: 10, lane: Backfill, now: 1, want: 1},
		{name: "the eighth of a burst goes at once", limit: 10, calls: eight[:7], lane: Backfill, now: 0, want: 0},
		{name: "the ninth leaves the held share", limit: 10, calls: eight, lane: Backfill, now: 1, want: 60},
		{name: "an agent uses the held share", limit: 10, calls: eight, lane: Agent, now: 1, want: 1},
		{name: "an agent waits for the first to leave", limit: 10, calls: []float64{0, 3, 3, 3, 3, 3, 3, 3, 3, 3}, lane: Agent, now: 4, want: 60},
		{name: "a lane that is owed uses the held share", limit: 10, calls: eight, lane: Backfill, owed: true, now: 1, want: 1},
		{name: "after a burst the second goes with the first", limit: 10, calls: append(slices.Clone(eight), 60), lane: Backfill, now: 60, want: 60},
		{name: "and the third an interval later", limit: 10, calls: append(slices.Clone(eight), 60, 60), lane: Backfill, now: 60, want: 67.5},
		{name: "agents are not paced", limit: 10, calls: append(slices.Clone(eight), 60, 60), lane: Agent, now: 60, want: 60},
		{name: "a credential that rests is free again", limit: 10, calls: eight, lane: Backfill, now: 120, want: 120},
		{name: "a block holds everybody", limit: 10, block: 30, lane: Agent, now: 1, want: 30},
		{name: "a block that is over holds nobody", limit: 10, block: 30, lane: Backfill, now: 31, want: 31},
		{name: "limit 1, nothing held", limit: 1, lane: Backfill, now: 0, want: 0},
		{name: "limit 1, used", limit: 1, calls: []float64{0}, lane: Agent, now: 10, want: 60},
		{name: "limit 1, an agent is expected back", limit: 1, calls: []float64{0}, claim: 65, lane: Backfill, now: 60, want: 65},
		{name: "limit 1, the agent himself", limit: 1, calls: []float64{0}, claim: 65, lane: Agent, now: 60, want: 60},
		{name: "limit 1, owed", limit: 1, calls: []float64{0}, claim: 65, lane: Backfill, owed: true, now: 60, want: 60},
		{name: "limit 2 leaves the others one", limit: 2, calls: []float64{0}, lane: Callback, now: 10, want: 60},
		{name: "limit 2 has one for agents", limit: 2, calls: []float64{0}, lane: Agent, now: 10, want: 10},
		{name: "a lowered limit waits for enough to leave", limit: 3, calls: []float64{0, 1, 2, 3, 4}, lane: Agent, now: 10, want: 62},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := book{calls: at(c.calls...), limit: c.limit}
			var claim time.Time
			if c.block != 0 {
				k.blockedUntil = second(c.block)
			}
			if c.claim != 0 {
				claim = second(c.claim)
			}
			if got := standard.moment(k, c.lane, c.owed, claim, second(c.now)); !got.Equal(second(c.want)) {
				t.Errorf("may go at %v s, want %v s", got.Sub(noon).Seconds(), c.want)
			}
		})
	}
}

func TestClaimWithoutHeldShare(t *testing.T) {
	none := rules{window: time.Minute}
	k := book{limit: 3, calls: at(0, 1)}
	if got := none.lower(k, Backfill, second(20), second(5)); !got.Equal(second(20)) {
		t.Errorf("the last slot goes at %v, want it kept for the agent until second 20", got.Sub(noon))
	}
	if got := none.lower(book{limit: 3, calls: at(0)}, Backfill, second(20), second(5)); !got.Equal(second(5)) {
		t.Errorf("with a slot to spare it goes at %v, want at once", got.Sub(noon))
	}
}

func TestTurns(t *testing.T) {
	busy := [lanes]int{1, 1, 1, 1}
	for _, c := range []struct {
		name  string
		turns turns
		want  Lane
		owed  bool
	}{
		{"agents first", turns{waiting: busy}, Agent, false},
		{"then callbacks", turns{waiting: [lanes]int{0, 1, 1, 1}}, Callback, false},
		{"backfill alone", turns{waiting: [lanes]int{0, 0, 0, 1}}, Backfill, false},
		{"four agents passed", turns{waiting: busy, agentRun: 4}, Callback, true},
		{"four agents passed nobody", turns{waiting: [lanes]int{1, 0, 0, 0}, agentRun: 4}, Agent, false},
		{"backfill was passed", turns{waiting: [lanes]int{0, 1, 1, 1}, passed: [lanes]int{0, 0, 2, 4}}, Backfill, false},
		{"the longest passed first", turns{waiting: [lanes]int{0, 1, 1, 1}, passed: [lanes]int{0, 0, 5, 4}}, Incremental, false},
		{"a passed lane without waiters", turns{waiting: [lanes]int{0, 1, 0, 1}, passed: [lanes]int{0, 0, 9, 1}}, Callback, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, owed := c.turns.next(); got != c.want || owed != c.owed {
				t.Errorf("next is %v (owed %v), want %v (%v)", got, owed, c.want, c.owed)
			}
		})
	}
}

func TestSharesOfBusyLanes(t *testing.T) {
	for _, c := range []struct {
		name    string
		waiting [lanes]int
		want    [lanes]int // of the first 100 calls
	}{
		{"all lanes", [lanes]int{1, 1, 1, 1}, [lanes]int{80, 13, 4, 3}},
		{"without agents", [lanes]int{0, 1, 1, 1}, [lanes]int{0, 61, 20, 19}},
		{"two lanes", [lanes]int{0, 1, 0, 1}, [lanes]int{0, 80, 0, 20}},
	} {
		t.Run(c.name, func(t *testing.T) {
			queue, got := turns{waiting: c.waiting}, [lanes]int{}
			for range 100 {
				l, _ := queue.next()
				got[l]++
				queue = queue.took(l)
			}
			if got != c.want {
				t.Errorf("shares %v, want %v", got, c.want)
			}
		})
	}
}

func TestForecast(t *testing.T) {
	k := book{limit: 10, calls: at(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)}
	queue := turns{waiting: [lanes]int{3, 0, 0, 1}}
	for _, c := range []struct {
		lane  Lane
		ahead int
		want  float64
		next  bool
	}{{Agent, 0, 60, true}, {Agent, 2, 62, false}, {Backfill, 0, 90, false}} {
		got, next := standard.forecast(k, queue, c.lane, c.ahead, second(10))
		if next != c.next || !got.Equal(second(c.want)) {
			t.Errorf("%v behind %d: %v (next %v), want %v s (%v)", c.lane, c.ahead, got.Sub(noon), next, c.want, c.next)
		}
	}
	if len(k.calls) != 10 || queue.waiting != [lanes]int{3, 0, 0, 1} {
		t.Error("the forecast changed what it was given")
	}
}

func TestThrottled(t *testing.T) {
	for _, c := range []struct {
		name          string
		calls         []float64
		after         time.Duration
		agent, second float64 // when the first and the second call may go
	}{
		{"nothing named: a whole window", nil, 0, 70, 70},
		{"our own calls are no proof", []float64{0, 1}, 0, 70, 70},
		{"a wait named: one slot, the rest when it must have freed", nil, 20 * time.Second, 30, 70},
		{"a wait named and our own calls", []float64{0, 1}, 20 * time.Second, 30, 60},
		{"a window full of our own calls", []float64{0, 0, 0, 0, 0, 0, 0, 0, 9, 9}, 2 * time.Second, 60, 60},
		{"more than an hour is not believed", nil, 1e6 * time.Hour, 3610, 3610},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := standard.throttled(book{limit: 10, calls: at(c.calls...)}, c.after, second(10))
			first := standard.agent(k, second(10))
			if !first.Equal(second(c.agent)) {
				t.Errorf("the first goes at %v, want %v s", first.Sub(noon), c.agent)
			}
			k = standard.enter(k, Agent, 1, first)
			if got := standard.agent(k, first); !got.Equal(second(c.second)) {
				t.Errorf("the second goes at %v, want %v s", got.Sub(noon), c.second)
			}
		})
	}
	high := standard.throttled(book{limit: 1_000_000, calls: at(0)}, 2*time.Second, second(10))
	if used := standard.used(high, second(11)); len(high.calls) != 3 || used != 1_000_000 || !standard.agent(high, second(10)).Equal(second(12)) {
		t.Errorf("a high limit: %d calls are kept as %d, the next goes at %v", used, len(high.calls), standard.agent(high, second(10)).Sub(noon))
	}
	longer := standard.throttled(book{limit: 10, blockedUntil: second(300)}, time.Second, noon)
	if !longer.blockedUntil.Equal(second(300)) {
		t.Error("a later answer shortened the wait")
	}
}

func TestTidy(t *testing.T) {
	k := book{limit: 0, calls: at(30, -500, -100, 7200), blockedUntil: second(2 * 3600)}
	got, changed := standard.tidy(k, noon)
	if want := at(-100, 0, 30); !slices.Equal(got.calls, want) {
		t.Errorf("calls %v, want %v", got.calls, want)
	}
	if !changed || got.limit != 1 || !got.blockedUntil.Equal(second(60)) {
		t.Errorf("changed %v, limit %d, blocked until %v", changed, got.limit, got.blockedUntil)
	}
}

// arrival is one call wanted.
type arrival struct {
	at   time.Time
	lane Lane
	then time.Duration // a second call follows the first one by so much, 0: none
}

// grant is one call made.
type grant struct {
	arrival
	when  time.Time
	ahead int  // agents that waited when this one came
	owed  bool // of the lower lanes' owed turns
	head  time.Time
	// used is how full the window was, left how many calls the lane had to leave free.
	used, left int
}

// simulate plays arrivals (ascending) against the policy in virtual time, as the waiters of one
// desk do, until all have gone.
func simulate(p rules, limit int, arrivals []arrival) []grant {
	k, queue, now := book{limit: limit}, turns{}, noon
	var waiting [lanes][]grant
	var done []grant
	for len(arrivals) > 0 || queue.waiting != [lanes]int{} {
		var moment time.Time
		var l Lane
		var owed bool
		if queue.waiting != [lanes]int{} {
			k, _ = p.tidy(k, now)
			l, owed = queue.next()
			moment = p.moment(k, l, owed, queue.claim, now)
		}
		if len(arrivals) > 0 && (moment.IsZero() || arrivals[0].at.Before(moment)) {
			a := arrivals[0]
			arrivals, now = arrivals[1:], a.at
			waiting[a.lane] = append(waiting[a.lane], grant{arrival: a, head: a.at, ahead: queue.waiting[Agent]})
			queue.waiting[a.lane]++
			continue
		}
		now = moment
		g := waiting[l][0]
		waiting[l] = waiting[l][1:]
		g.when, g.owed, g.used, g.left = now, owed, p.used(k, now), p.leaves(k, l, now)
		done = append(done, g)
		if len(waiting[l]) > 0 {
			waiting[l][0].head = now
		}
		k = p.enter(k, l, 1, now)
		queue = queue.took(l)
		queue.waiting[l]--
		if g.then > 0 {
			next := arrival{at: now.Add(g.then), lane: l}
			i, _ := slices.BinarySearchFunc(arrivals, next, func(a, b arrival) int { return a.at.Compare(b.at) })
			arrivals = slices.Insert(slices.Clone(arrivals), i, next)
		}
	}
	return done
}

// overLimit gives the index of a call that makes a window too full, −1 when none does.
func overLimit(calls []time.Time, limit int, window time.Duration) int {
	for i := limit; i < len(calls); i++ {
		if calls[i].Sub(calls[i-limit]) < window {
			return i
		}
	}
	return -1
}

func TestAnyArrivals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 20).Draw(t, "limit")
		p := rules{window: time.Minute, held: rapid.IntRange(0, 4).Draw(t, "held"), more: rapid.IntRange(0, 4).Draw(t, "more")}
		gaps := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) arrival {
			gap := rapid.SampledFrom([]int{0, 0, 0, 1, 5, 9, 30, 61, 150}).Draw(t, "gap")
			return arrival{at: noon.Add(time.Duration(gap) * time.Second), lane: Lane(rapid.IntRange(0, 3).Draw(t, "lane"))}
		}), 1, 300).Draw(t, "arrivals")
		now := noon
		for i := range gaps {
			now = now.Add(gaps[i].at.Sub(noon))
			gaps[i].at = now
		}
		done := simulate(p, limit, gaps)
		var calls []time.Time
		for _, g := range done {
			calls = append(calls, g.when)
			hold(t, p, limit, g)
		}
		if len(done) != len(gaps) {
			t.Fatalf("%d of %d went", len(done), len(gaps))
		}
		if i := overLimit(calls, limit, p.window); i >= 0 {
			t.Fatalf("call %d exceeds %d a window", i, limit)
		}
	})
}

// hold checks what one call was promised.
func hold(t *rapid.T, p rules, limit int, g grant) {
	switch wait := g.when.Sub(g.at); {
	case g.lane == Agent:
		// Agents ahead, the owed turns between them, and himself; a window passes `limit` of those.
		before := g.ahead + 1 + 1 + g.ahead/patience
		if most := p.window * time.Duration((before+limit-1)/limit); wait > most {
			t.Fatalf("an agent behind %d waited %v, more than %v", g.ahead, wait, most)
		}
	case !g.owed:
		if g.used >= limit-g.left || g.left < p.heldOf(limit) {
			t.Fatalf("%v went as call %d of a window of %d with %d held", g.lane, g.used+1, limit, g.left)
		}
	}
	// At most 6 calls of other lower lanes go before a lane's head (4 pass it, and 2 lanes may have
	// been passed as often); each of the 7 comes within two windows, or when 4 agents have gone.
	if most := 7 * 2 * p.window * time.Duration((patience+limit)/limit); g.lane != Agent && g.when.Sub(g.head) > most {
		t.Fatalf("the head of %v waited %v", g.lane, g.when.Sub(g.head))
	}
}

// TestDay plays days of five busy credentials: backfill without end, a poll of four integrations every 10 minutes,
// callbacks, and in 8 of 10 hours 60 replies that read the complaint first. Long runs compare other shares.
func TestDay(t *testing.T) {
	days, shares := 2, [][2]int{{DefaultHeld, DefaultMore}}
	if os.Getenv("CITRUS_SOAK") != "" {
		days, shares = 40, append(shares, [][2]int{{1, 0}, {2, 0}, {3, 0}, {4, 0}}...)
	}
	for i, share := range shares {
		p := rules{window: time.Minute + 250*time.Millisecond, held: share[0], more: share[1]}
		var replies, callbacks []time.Duration
		late, backfilled := 0, 0.0
		for d := range days {
			var waits []time.Duration
			for c := range 5 {
				played := simulate(p, 10, officeDay(rand.New(rand.NewPCG(uint64(d), uint64(c)))))
				waits = append(waits, replyWaits(played)...)
				for _, g := range played {
					switch {
					case g.lane == Callback:
						callbacks = append(callbacks, g.when.Sub(g.at))
					case g.lane == Backfill && g.when.Before(noon.Add(10*time.Hour)):
						backfilled += 1.0 / 600 / 5 / float64(days)
					}
				}
			}
			if slices.Sort(waits); waits[len(waits)*99/100] > 6*time.Second {
				late++
			}
			replies = append(replies, waits...)
		}
		slices.Sort(replies)
		slices.Sort(callbacks)
		p99, median := replies[len(replies)*99/100], callbacks[len(callbacks)/2]
		t.Logf("held %d, more %d: replies p50 %v, p99 %v, late on %d of %d days; callbacks p50 %v; backfill %.2f a minute",
			share[0], share[1], replies[len(replies)/2], p99, late, days, median, backfilled)
		if i == 0 && (p99 > 6*time.Second || late > days/20 || median > 8*time.Second || backfilled < 5) {
			t.Error("agents, callbacks or backfill wait too long")
		}
	}
}

// officeDay is what one credential is asked for in 10 hours.
func officeDay(seed *rand.Rand) (arrivals []arrival) {
	sometime := func(hours int64) time.Time { return noon.Add(time.Duration(seed.Int64N(hours * int64(time.Hour)))) }
	for range 60 {
		arrivals = append(arrivals, arrival{at: sometime(8).Add(time.Hour), lane: Agent, then: 300 * time.Millisecond})
	}
	for range 170 {
		arrivals = append(arrivals, arrival{at: sometime(10), lane: Callback})
	}
	for m := range 60 {
		for i := range 4 {
			arrivals = append(arrivals, arrival{at: second(float64(m*600 + i*2)), lane: Incremental})
		}
	}
	for range 10 * 60 * 8 {
		arrivals = append(arrivals, arrival{at: noon, lane: Backfill})
	}
	slices.SortStableFunc(arrivals, func(a, b arrival) int { return a.at.Compare(b.at) })
	return arrivals
}

// replyWaits is how long after the agent's click each reply's post left.
func replyWaits(played []grant) (waits []time.Duration) {
	reads := map[time.Time][]time.Time{}
	for _, g := range played {
		switch {
		case g.lane == Agent && g.then > 0:
			reads[g.when.Add(g.then)] = append(reads[g.when.Add(g.then)], g.at)
		case g.lane == Agent:
			waits = append(waits, g.when.Sub(reads[g.at][0]))
			reads[g.at] = reads[g.at][1:]
		}
	}
	return waits
}
