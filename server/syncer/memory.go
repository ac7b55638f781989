package syncer

import (
	"sync"
	"time"

	"citrus.cx/channel/server/reclameaqui"
)

// memory is what workers remember from call to call. None of it is needed: a process that starts anew finds it out
// again at the cost of a call.
type memory struct {
	mu     sync.Mutex
	walks  map[string]walked // by integration
	sizes  map[string]int    // by credential: rows that Reclame Aqui gives a page, where it is less than asked for
	counts map[string]vain   // by credential
	whole  map[string]bool   // by credential: whether a count without a company counts the whole account
	ends   map[string][2]int64
	turned map[string]turned
	// single says that complaints are read one by one.
	single bool
}

// walked is a window and what is remembered of its pages.
type walked struct {
	window window
	walk   walk
}

// vain is how often in a row a count found that something had changed after all, and when it did last.
type vain struct {
	times int
	at    time.Time
}

func newMemory() memory {
	return memory{walks: map[string]walked{}, sizes: map[string]int{}, counts: map[string]vain{}, whole: map[string]bool{}, ends: map[string][2]int64{}, turned: map[string]turned{}}
}

// walk is what is remembered of the window's page before; ok is false where another window was read last.
func (m *memory) walk(integrationID string, w window) (walk, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.walks[integrationID]
	return k.walk, k.window.from.Equal(w.from) && k.window.to.Equal(w.to) && k.window.page == w.page
}

func (m *memory) keepWalk(integrationID string, w window, k walk) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.walks[integrationID] = walked{w, k}
}

// size is how many rows a page of a credential's holds.
func (m *memory) size(credential string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	if size := m.sizes[credential]; size > 0 {
		return size
	}
	return reclameaqui.MaxPageSize
}

func (m *memory) keepSize(credential string, size int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sizes[credential] = size
}

func (m *memory) vain(credential string) vain {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.counts[credential]
}

// counted notes what a count was good for.
func (m *memory) counted(credential string, inVain bool, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v := vain{at: now}
	if inVain {
		v.times = m.counts[credential].times + 1
	}
	m.counts[credential] = v
}

// believed says whether a count without a company counts the whole account, if that is known.
func (m *memory) believed(credential string) (believed, known bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	believed, known = m.whole[credential]
	return believed, known
}

func (m *memory) judge(credential string, believed bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.whole[credential] = believed
}

// repeated says whether a page above the first is the one that came before it: Reclame Aqui does not turn pages.
func (m *memory) repeated(integrationID string, b bound, ends [2]int64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	before := m.ends[integrationID]
	m.ends[integrationID] = ends
	return b.page > 1 && ends != [2]int64{} && before == ends
}

// shrunk is the page to which a backfill that turns pages goes back because what stood behind has moved to the front
// since the last one; 0 = none.
func (m *memory) shrunk(integrationID string, b bound, page reclameaqui.Page) (back int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.turned[integrationID]
	if !t.at.Equal(b.at) {
		t = turned{at: b.at}
	}
	rows := len(page.Complaints) + len(page.Malformed)
	if missing := t.total - page.Total; b.page > 1 && missing > 0 && page.Total >= rows && t.backs < mostBacks+2*b.page {
		t.backs++
		back = max(1, b.page-(missing+reclameaqui.MaxPageSize-1)/reclameaqui.MaxPageSize)
	}
	t.total = page.Total
	m.turned[integrationID] = t
	return back
}

// turned is what is remembered of a backfill whose bound cannot move: Reclame Aqui's last total under it.
type turned struct {
	at           time.Time
	total, backs int
}

func (m *memory) keepSingle(single bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.single = single
}

// batch is how many complaints one call reads by their numbers.
func (s *Syncer) batch() int {
	s.memory.mu.Lock()
	defer s.memory.mu.Unlock()
	if s.memory.single {
		return 1
	}
	return reclameaqui.MaxPageSize
}
