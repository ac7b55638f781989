package identity

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/sector"
	"citrus.cx/channel/ent/db/session"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/fault"
)

// peopleCounter grows with every change of what a viewer may see: role, sectors, the end of a session. So
// thousands who listen cost one look at one row, and a look at their own rows only when somebody changed.
const peopleCounter = "people"

// stir says that a viewer may have changed; the last statement of the transaction that changes him.
func stir(ctx context.Context, tx *db.Tx) error {
	_, err := database.Take(ctx, tx, peopleCounter, 1)
	return err
}

// rollEvery is how soon a listener who lost his session is sent away when nothing happens that he would hear of.
const rollEvery = 300 * time.Millisecond

// Listener is the viewer of one session that holds sockets or streams open, as the roll knows him.
type Listener struct {
	roll    *roll
	session string
	viewer  atomic.Pointer[Viewer]
	changes atomic.Int64
	gone    chan struct{}
	holds   map[*Hold]struct{} // guarded by the roll
}

// Hold is one place where somebody listens.
type Hold struct {
	*Listener
	dismissed func()
}

// Viewer is who listens, as of the last call of the roll.
func (l *Listener) Viewer() Viewer { return *l.viewer.Load() }

// Changes grows with every change of what the viewer sees, after it shows in Viewer.
func (l *Listener) Changes() int64 { return l.changes.Load() }

// Gone is closed when the session has ended or its user was archived.
func (l *Listener) Gone() <-chan struct{} { return l.gone }

// Leave takes back one Listen; it may be called more than once.
func (h *Hold) Leave() {
	l := h.Listener
	l.roll.mu.Lock()
	defer l.roll.mu.Unlock()
	delete(l.holds, h)
	if len(l.holds) == 0 && l.roll.listeners[l.session] == l {
		delete(l.roll.listeners, l.session)
	}
}

// roll is who listens, by session.
type roll struct {
	service *Service

	mu        sync.Mutex
	listeners map[string]*Listener
	unsure    []*Listener // came since the last call: what they were authenticated with may be old

	begun      atomic.Int64 // looks, of whatever outcome
	refreshing sync.Mutex   // guards what follows
	known      int64        // the last look that succeeded
	seen       int64        // the counter at that
	changes    int64
}

func newRoll(s *Service) *roll { return &roll{service: s, listeners: map[string]*Listener{}, seen: -1} }

// Listen puts the viewer of a context on the roll; ok is false when the context has none. CallRoll and Watch keep
// him up to date until he leaves, and call dismissed, from a goroutine of theirs, when his session ends before that.
func (s *Service) Listen(ctx context.Context, dismissed func()) (h *Hold, ok bool) {
	v, ok := From(ctx)
	if !ok {
		return nil, false
	}
	r := s.roll
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.listeners[v.SessionID]
	if l == nil {
		l = &Listener{roll: r, session: v.SessionID, gone: make(chan struct{}), holds: map[*Hold]struct{}{}}
		l.viewer.Store(&v)
		r.listeners[v.SessionID] = l
		r.unsure = append(r.unsure, l)
	}
	h = &Hold{l, dismissed}
	l.holds[h] = struct{}{}
	return h, true
}

// Listening gives who listens with a session in this process, as of the last call of the roll; ok is false when nobody does.
func (s *Service) Listening(sessionID string) (v Viewer, ok bool) {
	r := s.roll
	r.mu.Lock()
	defer r.mu.Unlock()
	l, ok := r.listeners[sessionID]
	if !ok {
		return Viewer{}, false
	}
	return l.Viewer(), true
}

// CallRoll brings all listeners up to date with what was committed before it was called: one statement when
// nobody has changed, and none where another call has just looked. The number that it gives grows whenever a listener's
// viewer has become another one.
func (s *Service) CallRoll(ctx context.Context) (changes int64, err error) {
	defer fault.Wrap(&err, "identity.CallRoll")
	ctx = System(ctx)
	r := s.roll
	came := r.begun.Load()
	r.refreshing.Lock()
	defer r.refreshing.Unlock()
	if r.known > came { // it began after this call and is over
		return r.changes, nil
	}
	look := r.begun.Add(1)
	seen := int64(0)
	row, err := s.db.Reader.Counter.Get(ctx, peopleCounter)
	switch {
	case err == nil:
		seen = row.Value
	case !db.IsNotFound(err):
		return 0, err
	}
	doubtful := r.doubtful(seen != r.seen)
	for chunk := range slices.Chunk(doubtful, 500) {
		n, err := s.reload(ctx, chunk)
		if err != nil {
			r.doubt(doubtful)
			return 0, err
		}
		r.changes += n
	}
	r.seen, r.known = seen, look
	return r.changes, nil
}

func (r *roll) doubtful(all bool) []*Listener {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.unsure
	r.unsure = nil
	if all {
		list = list[:0]
		for _, l := range r.listeners {
			list = append(list, l)
		}
	}
	return list
}

// doubt looks at listeners again the next time.
func (r *roll) doubt(list []*Listener) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unsure = append(r.unsure, list...)
}

// reload reads listeners anew; those whose session has ended are gone.
func (s *Service) reload(ctx context.Context, list []*Listener) (changes int64, err error) {
	ids := make([]string, len(list))
	for i, l := range list {
		ids[i] = l.session
	}
	rows, err := s.db.Reader.Session.Query().
		Where(session.IDIn(ids...), session.EndedAtIsNil(), session.ExpiresAtGT(s.now())).
		WithUser(func(q *db.UserQuery) {
			q.Where(user.ArchivedAtIsNil()).WithSectors(func(q *db.SectorQuery) { q.Select(sector.FieldID) })
		}).All(ctx)
	if err != nil {
		return 0, err
	}
	living := make(map[string]*db.User, len(rows))
	for _, row := range rows {
		living[row.ID] = row.Edges.User
	}
	for _, l := range list {
		u := living[l.session]
		if u == nil {
			l.dismiss()
			continue
		}
		v := Viewer{UserID: u.ID, Name: u.Name, Email: u.Email, Role: u.Role, SessionID: l.session}
		for _, sec := range u.Edges.Sectors {
			v.SectorIDs = append(v.SectorIDs, sec.ID)
		}
		slices.Sort(v.SectorIDs)
		if old := l.viewer.Swap(&v); old.Role != v.Role || !slices.Equal(old.SectorIDs, v.SectorIDs) {
			l.changes.Add(1)
			changes++
		}
	}
	return changes, nil
}

// dismiss takes a listener off the roll for good, once, and tells whoever holds him.
func (l *Listener) dismiss() {
	l.roll.mu.Lock()
	if l.roll.listeners[l.session] == l {
		delete(l.roll.listeners, l.session)
	}
	holds := slices.Collect(maps.Keys(l.holds))
	clear(l.holds)
	select {
	case <-l.gone:
	default:
		close(l.gone)
	}
	l.roll.mu.Unlock()
	for _, h := range holds {
		h.dismissed()
	}
}

// Watch calls the roll until the context ends, so that who lost his session is sent away within a second. A
// database that does not answer is asked again.
func (s *Service) Watch(ctx context.Context) error {
	ticker := time.NewTicker(rollEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		if s.roll.empty() {
			continue
		}
		_, _ = s.CallRoll(ctx)
	}
}

func (r *roll) empty() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.listeners) == 0
}
