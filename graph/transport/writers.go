package transport

import (
	"runtime"
	"sync"
)

// writers are as many goroutines as there are processors, who write for all sockets that have something to say: an update
// for ten thousand costs them ten thousand writes, and no goroutine each. They live while there is something to write.
type writers struct {
	most int

	mu          sync.Mutex // guards what follows
	first, last *socket    // who waits, each with the next
	working     int
}

func newWriters() *writers { return &writers{most: runtime.GOMAXPROCS(0)} }

// add puts a socket at the end of the line; it stands there once at most.
func (w *writers) add(c *socket) {
	w.mu.Lock()
	if w.last == nil {
		w.first = c
	} else {
		w.last.following = c
	}
	w.last = c
	more := w.working < w.most
	if more {
		w.working++
	}
	w.mu.Unlock()
	if more {
		go w.work()
	}
}

func (w *writers) work() {
	var sheet []byte
	for c := w.next(); c != nil; c = w.next() {
		sheet = c.write(sheet)
		if cap(sheet) > sheetSize {
			sheet = nil
		}
	}
}

// sheetSize bounds in bytes what a writer keeps to compose frames on.
const sheetSize = 64 << 10

// next takes the first of the line; nil when there is nobody, and the writer may go home.
func (w *writers) next() *socket {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.first
	if c == nil {
		w.working--
		return nil
	}
	if w.first, c.following = c.following, nil; w.first == nil {
		w.last = nil
	}
	return c
}
