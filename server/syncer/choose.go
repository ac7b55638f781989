package syncer

import (
	"cmp"
	"context"
	"slices"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/server/quota"
)

// round starts what can be started now and returns when to look again; zero when nothing is foreseen.
func (s *Syncer) round(ctx context.Context) (next time.Time, err error) {
	around, err := s.lookAround(ctx)
	if err != nil {
		return time.Time{}, err
	}
	var ready []candidate
	sooner := func(at time.Time) {
		if next.IsZero() || at.Before(next) {
			next = at
		}
	}
	for credential, group := range s.byCredential() {
		if s.busy[credential] {
			continue // its worker reports when it is done
		}
		list, err := s.candidates(ctx, around, credential, group)
		if err != nil {
			return time.Time{}, err
		}
		for _, c := range list {
			if c.from.After(around.now) {
				sooner(c.from)
				continue
			}
			ready = append(ready, c)
		}
	}
	slices.SortFunc(ready, s.order)
	for _, c := range ready {
		at, err := s.offer(ctx, c, around.now)
		if err != nil {
			return time.Time{}, err
		}
		if !at.IsZero() {
			sooner(at)
		}
	}
	return next, nil
}

// order is who goes first: by lane, then by sync group (rule S3), then the credential that has waited longest, and
// within it who has not failed and was due first. The id ends every tie.
func (s *Syncer) order(a, b candidate) int {
	return cmp.Or(
		cmp.Compare(a.task.lane(), b.task.lane()),
		cmp.Compare(priority(a.row), priority(b.row)),
		s.served[a.credential].Compare(s.served[b.credential]),
		cmp.Compare(a.credential, b.credential),
		cmp.Compare(a.row.Edges.SyncState.Failures, b.row.Edges.SyncState.Failures),
		a.from.Compare(b.from),
		cmp.Compare(a.row.ID, b.row.ID),
	)
}

// priority is rule S3: sync groups in their order, integrations without one last.
func priority(row *db.Integration) int {
	if g := row.Edges.SyncGroup; g != nil {
		return g.Priority
	}
	return 1 << 30
}

func (s *Syncer) byCredential() map[string][]*db.Integration {
	groups := map[string][]*db.Integration{}
	for _, row := range s.view.rows {
		c := s.Accounts.Credential(row)
		groups[c] = append(groups[c], row)
	}
	return groups
}

// forHints is how many workers only hints may take: what agents wait for does not queue behind pages of the past.
const forHints = 2

// room says whether a worker is left for a lane.
func (s *Syncer) room(lane quota.Lane) bool {
	most := s.Workers
	if lane > quota.Callback {
		most = max(1, most-forHints)
	}
	return len(s.busy) < most
}

// again is how long a budget's "not before" is believed: somebody may give up, or the limit may be raised.
const again = 5 * time.Second

// offer starts a candidate if a worker is left and its budget lets it through; else it says when to ask again, zero
// when a worker's report will tell.
func (s *Syncer) offer(ctx context.Context, c candidate, now time.Time) (at time.Time, err error) {
	lane := c.task.lane()
	if s.busy[c.credential] || !s.room(lane) {
		return time.Time{}, nil
	}
	if at := s.refused[c.credential][lane]; at.After(now) && !at.After(now.Add(again)) {
		return at, nil
	}
	ok, at, err := s.Budgets.TryEnter(ctx, c.credential, lane)
	if err != nil {
		return time.Time{}, err
	}
	if ok {
		delete(s.refused, c.credential)
		s.start(ctx, c)
		return time.Time{}, nil
	}
	at = earliest(at, now.Add(again))
	if s.refused[c.credential] == nil {
		s.refused[c.credential] = map[quota.Lane]time.Time{}
	}
	s.refused[c.credential][lane] = at
	return at, nil
}

// candidates lists what a credential's integrations need.
func (s *Syncer) candidates(ctx context.Context, around *surroundings, credential string, group []*db.Integration) ([]candidate, error) {
	var list []candidate
	ids := make([]string, len(group))
	for i, row := range group {
		ids[i] = row.ID
	}
	for _, row := range group {
		st, err := s.standing(ctx, around, credential, row)
		if err != nil {
			return nil, err
		}
		for _, t := range plan(st) {
			list = append(list, candidate{
				credential: credential, row: row, rows: []*db.Integration{row}, todo: t,
				pending: !st.hintDue.IsZero(), breaker: around.breakers[credential], group: ids,
			})
		}
	}
	return s.together(list, around.now), nil
}

// together puts one count in the place of the rounds that are due, and of those that nearly are, where that is cheaper
// than to ask for each (rule "count first").
func (s *Syncer) together(list []candidate, now time.Time) []candidate {
	due := 0
	var countable []candidate
	for _, c := range list {
		if !s.countable(c, now) {
			continue
		}
		if countable = append(countable, c); !c.from.After(now) {
			due++
		}
	}
	if due == 0 {
		return list
	}
	if believed, known := s.memory.believed(list[0].credential); known && !believed {
		return list
	}
	v := s.memory.vain(list[0].credential)
	if !worthCounting(len(countable), v.times, now.Sub(v.at)) {
		return list
	}
	count := countable[0]
	count.task, count.from, count.rows = countChanges, now, nil
	for _, c := range countable {
		count.rows = append(count.rows, c.row)
	}
	return append(slices.DeleteFunc(list, func(c candidate) bool { return s.countable(c, now) }), count)
}

// countable says whether a round may be settled by a count that says that nothing has changed: it is due, or was
// missed and waits its turn, or is due within the tenth of its interval that rounds are early anyway.
func (s *Syncer) countable(c candidate, now time.Time) bool {
	state := c.row.Edges.SyncState
	if c.task != readChanges || state.RunSince != nil || state.Watermark == nil || c.pending || now.Sub(*state.Watermark) > 24*time.Hour {
		return false
	}
	early := time.Duration(deref(c.row.SyncIntervalMinutes)) * time.Minute / 10
	waits := c.from.Equal(s.held[c.row.ID])
	return !c.from.After(now) || deref(state.RetryAt).Before(now) && (waits || !c.from.After(now.Add(early)))
}

// missed gives the rounds that a start or a sleep has left overdue their turns, by sync group and then in an order
// that is nobody's privilege, so that they do not all begin at once.
func (s *Syncer) missed(now time.Time) {
	looked := s.looked
	s.looked = now
	if !looked.IsZero() && now.Sub(looked) < wokeUpAfter {
		return
	}
	var rows []*db.Integration
	for _, row := range s.view.rows {
		if next := row.Edges.SyncState.NextSyncAt; next != nil && next.Before(now) {
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, func(a, b *db.Integration) int {
		return cmp.Or(cmp.Compare(priority(a), priority(b)),
			cmp.Compare(sooner(time.Hour, 1, a.ID), sooner(time.Hour, 1, b.ID)), cmp.Compare(a.ID, b.ID))
	})
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	s.held = spread(now, ids)
}
