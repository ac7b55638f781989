package sandbox

import (
	"slices"
	"sync"
	"time"
)

// window counts the calls of each client over the last 60 s.
type window struct {
	mu    sync.Mutex
	calls map[string][]time.Time
}

const windowLength = time.Minute

// take books a call; false when the client has used its limit. A call leaves the window exactly 60 s after it was made.
func (w *window) take(client string, now time.Time, limit int, countRefused bool) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	recent := w.recent(client, now)
	ok := len(recent) < limit
	if ok || countRefused {
		recent = append(recent, now)
	}
	w.calls[client] = recent
	return ok
}

// recent drops what left the window.
func (w *window) recent(client string, now time.Time) []time.Time {
	calls := w.calls[client]
	i := slices.IndexFunc(calls, func(t time.Time) bool { return now.Sub(t) < windowLength })
	if i < 0 {
		return calls[:0]
	}
	return calls[i:]
}

func (w *window) clear() {
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.calls)
}

// used is how many calls of each client are in the window now.
func (w *window) used(now time.Time) map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := make(map[string]int, len(w.calls))
	for client := range w.calls {
		n[client] = len(w.recent(client, now))
	}
	return n
}
