package simulation

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/interaction"
	"citrus.cx/channel/ent/db/outboundattempt"
	"citrus.cx/channel/ent/db/syncstate"
	tickets "citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/outbound"
	"citrus.cx/channel/server/quota"
)

// soak says that the long runs are wanted.
func soak() bool { return os.Getenv("CITRUS_SOAK") != "" }

// program is a day, or a part of one.
type program struct {
	scale
	length           time.Duration
	opens, closes    time.Duration // of the office, from the beginning
	replies, notices int
}

// TestDay is a day of work: integrations that backfill, callbacks, and agents who answer in office hours.
// The whole one, CITRUS_SOAK=1 without -race, is 2,000,000 complaints; with the race detector it is one credential of the five.
func TestDay(t *testing.T) {
	p := program{
		scale:  scale{credentials: 1, integrations: 4, limit: 10, complaints: 3_000, step: 315 * time.Second},
		length: 2 * time.Hour, opens: 10 * time.Minute, closes: 115 * time.Minute, replies: 15, notices: 40,
	}
	if soak() {
		p = program{
			scale:  scale{credentials: 5, integrations: 4, limit: 10, complaints: 100_000, step: 315 * time.Second},
			length: 24 * time.Hour, opens: 9 * time.Hour, closes: 17 * time.Hour, replies: 300, notices: 2000,
		}
		if racing {
			p.credentials, p.replies, p.notices = 1, 60, 400
		}
	}
	url, files := databasetest.SQLite(t), t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		ra, pages := newModel(p.scale, 1)
		d := &day{
			program: p, house: newHouse(t, url, files, ra, pages...), ra: ra, rand: rand.New(rand.NewPCG(1, 2)), began: time.Now(), used: map[int64]bool{},
		}
		stop := d.run(t)
		d.play(t)
		stop()
		d.judge(t)
	})
}

// day is a program under way.
type day struct {
	program
	*house
	ra    *model
	rand  *rand.Rand
	began time.Time

	mu      sync.Mutex
	used    map[int64]bool // complaints with a part to play
	replies []*reply
	notices []notice
	errs    []error
}

// notice is a callback: of which complaint, when that changed, and when it was put.
type notice struct {
	shop         *shop
	complaint    int64
	changed, put time.Time
}

// sometime is a moment of a span of the day.
func (d *day) sometime(from, to time.Duration) time.Duration {
	return from + time.Duration(d.rand.Int64N(int64(to-from)))
}

func (d *day) play(t *testing.T) {
	var all sync.WaitGroup
	at := func(moment time.Duration, what func() error) {
		all.Go(func() {
			<-time.After(time.Until(d.began.Add(moment)))
			if err := what(); err != nil {
				d.mu.Lock()
				d.errs = append(d.errs, err)
				d.mu.Unlock()
			}
		})
	}
	for n := range d.program.replies {
		at(d.sometime(d.opens, d.closes), func() error { return d.answer(n) })
	}
	for range d.program.notices {
		at(d.sometime(time.Minute, d.length-5*time.Minute), d.notify)
	}
	all.Wait()
	<-time.After(time.Until(d.began.Add(d.length)))
	for _, err := range d.errs {
		t.Error(err)
	}
}

// pick chooses a complaint that has no part yet: any, or one that is mirrored.
func (d *day) pick(mirrored bool) (*shop, int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ra.mu.Lock()
	defer d.ra.mu.Unlock()
	for {
		s := d.ra.shops[1+d.rand.Int64N(int64(len(d.ra.shops)))]
		i := d.rand.Int64N(d.complaints)
		if mirrored {
			if !s.begun {
				continue
			}
			i = s.lowest + 50 + d.rand.Int64N(max(1, min(1000, d.complaints-s.lowest-50)))
		}
		if id := idOf(s, i); i < d.complaints && !d.used[id] {
			d.used[id] = true
			return s, i
		}
	}
}

// notify lets a consumer write, and Reclame Aqui say so.
func (d *day) notify() error {
	s, i := d.pick(false)
	changed := time.Now()
	d.ra.edit(s, i, func(e *edit) { e.replica = true })
	<-time.After(200 * time.Millisecond)
	d.mu.Lock()
	d.notices = append(d.notices, notice{s, idOf(s, i), changed, time.Now()})
	d.mu.Unlock()
	return d.announce(s.id, idOf(s, i))
}

// answer lets an agent reply to a complaint that was read when it was backfilled.
func (d *day) answer(n int) error {
	s, i := d.pick(true)
	t, err := d.Writer.Ticket.Query().Where(tickets.IntegrationID(d.ids[s.id]), tickets.ComplaintID(idOf(s, i))).Only(context.Background())
	if err != nil {
		return err
	}
	seen, err := d.Writer.Interaction.Query().Where(interaction.TicketID(t.ID)).Order(db.Desc(interaction.FieldID)).FirstID(context.Background())
	if err != nil {
		return err
	}
	r := &reply{ordered: time.Now()}
	d.ra.mu.Lock()
	d.ra.answering[idOf(s, i)] = r
	d.ra.mu.Unlock()
	_, err = d.outbound.Send(d.agent, outbound.Order{
		Kind: outboundattempt.KindPUBLIC_REPLY, TicketID: t.ID, Text: fmt.Sprint("Olá! ", n), LastSeenID: seen, Key: fmt.Sprint(n),
	})
	d.ra.mu.Lock()
	delete(d.ra.answering, idOf(s, i))
	d.ra.mu.Unlock()
	d.mu.Lock()
	d.replies = append(d.replies, r)
	d.mu.Unlock()
	if err == nil && r.posted.IsZero() {
		err = errors.New("sent, but Reclame Aqui has seen nothing")
	}
	return err
}

// judge holds the day against what is promised, and prints its figures.
func (d *day) judge(t *testing.T) {
	d.judgeReplies(t)
	d.judgeNotices(t)
	d.judgeBackfill(t)
	if d.ra.refused > 0 {
		t.Errorf("%d calls were beyond the limit", d.ra.refused)
	}
}

func (d *day) judgeReplies(t *testing.T) {
	var waits, firsts []time.Duration
	for _, r := range d.replies {
		if !r.posted.IsZero() {
			waits = append(waits, r.posted.Sub(r.ordered))
		}
		if !r.called.IsZero() {
			firsts = append(firsts, r.called.Sub(r.ordered))
		}
	}
	t.Logf("%d replies leave: %s; their first call: %s", len(waits), quantiles(waits), quantiles(firsts))
	if p99 := quantile(waits, 99); p99 > 6*time.Second {
		t.Errorf("replies leave after %v at the 99th percentile", p99)
	}
	if len(waits) != d.program.replies {
		t.Errorf("%d of %d replies have left", len(waits), d.program.replies)
	}
}

func (d *day) judgeNotices(t *testing.T) {
	ctx := context.Background()
	var waits []time.Duration
	for _, n := range d.notices {
		seen, err := d.seen(ctx, n)
		if err != nil {
			t.Errorf("complaint %d was announced and is not seen: %v", n.complaint, err)
			continue
		}
		waits = append(waits, max(0, seen.Sub(n.put))) // a page that was read just then may have it before
	}
	t.Logf("%d callbacks are visible: %s", len(waits), quantiles(waits))
	if median := quantile(waits, 50); median > 12*time.Second {
		t.Errorf("a callback's change is visible after %v at the median", median)
	}
}

// seen is when what a callback announced was committed to its ticket: no virtual time passes in a transaction.
func (d *day) seen(ctx context.Context, n notice) (time.Time, error) {
	id, err := d.Writer.Ticket.Query().Where(tickets.IntegrationID(d.ids[n.shop.id]), tickets.ComplaintID(n.complaint)).OnlyID(ctx)
	if err != nil {
		return time.Time{}, err
	}
	e, err := d.Writer.TicketEvent.Query().Where(ticketevent.TicketID(id), ticketevent.OccurredAtGTE(n.changed)).
		Order(db.Asc(ticketevent.FieldOccurredAt)).First(ctx)
	if err != nil {
		return time.Time{}, err
	}
	return e.OccurredAt, nil
}

// judgeBackfill: it has what the others leave, and uses few calls.
func (d *day) judgeBackfill(t *testing.T) {
	ctx := context.Background()
	total := map[kind]int{}
	for client, calls := range d.ra.calls {
		for _, c := range calls {
			total[c.kind]++
		}
		if share := d.share(t, client, calls); share < 0.9 {
			t.Errorf("%s: backfill has %.1f %% of what is left for it", client, 100*share)
		}
	}
	t.Logf("calls: %v", total)
	all := d.complaints * int64(len(d.ra.shops))
	least := (all + 49) / 50
	t.Logf("%d backfill calls for %d complaints: %.3f of the least", total[backfillCall], all, float64(total[backfillCall])/float64(least))
	if float64(total[backfillCall]) > 1.05*float64(least) {
		t.Errorf("backfill used %d calls, at least are %d", total[backfillCall], least)
	}
	if total[countCall] != len(d.ra.shops) {
		t.Errorf("%d counts for %d integrations", total[countCall], len(d.ra.shops))
	}
	if n := d.Writer.SyncState.Query().Where(syncstate.BackfillDoneAtIsNil()).CountX(ctx); n > 0 {
		t.Errorf("%d backfills are not done", n)
	}
	made := int64(0)
	for _, s := range d.ra.shops {
		made += s.last(time.Now().Add(-11*time.Minute)) + 1
	}
	if n := int64(d.Writer.Ticket.Query().CountX(ctx)); n < made {
		t.Errorf("%d tickets for %d complaints", n, made)
	}
}

// share is how much of what the held share and the other lanes leave a backfill had, until it was done.
func (d *day) share(t *testing.T, client string, calls []call) float64 {
	last := slices.IndexFunc(calls, func(c call) bool { return c.kind == backfillCall })
	for i, c := range calls {
		if c.kind == backfillCall {
			last = i
		}
	}
	n, until, atWork, works := 0, calls[last].at, time.Duration(0), d.began
	for _, c := range calls[:last+1] {
		switch c.kind {
		case backfillCall:
			n++
		case agentRead, postCall: // more is kept for agents for three quarters of an hour
			end := c.at.Add(45 * time.Minute)
			if end.After(until) {
				end = until
			}
			atWork += max(0, end.Sub(later(works, c.at)))
			works = later(works, end)
		}
	}
	minutes := until.Sub(d.began).Minutes()
	held := quota.DefaultHeld + 2*quota.DefaultMore*atWork.Minutes()/minutes
	higher := float64(last+1-n) / minutes
	share := float64(n) / minutes / (float64(d.limit) - held - higher)
	t.Logf("%s: backfill %.2f calls a minute for %.0f minutes, of %d less %.2f held and %.2f of others: %.1f %%",
		client, float64(n)/minutes, minutes, d.limit, held, higher, 100*share)
	return share
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func quantile(list []time.Duration, percent int) time.Duration {
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return list[min(len(list)*percent/100, len(list)-1)].Round(10 * time.Millisecond)
}

func quantiles(list []time.Duration) string {
	var parts []string
	for _, p := range []int{50, 90, 99, 100} {
		parts = append(parts, fmt.Sprintf("p%d %v", p, quantile(list, p)))
	}
	return strings.Join(parts, ", ")
}
