package transport

import "sync"

// places counts the sockets, streams and operations of each owner, so that one user's runaway app takes nobody else's.
type places struct {
	sockets, operations int // the most of one owner

	mu    sync.Mutex
	taken map[string]*taken
}

type taken struct{ sockets, operations int }

func newPlaces(sockets, operations int) *places {
	return &places{sockets: sockets, operations: operations, taken: map[string]*taken{}}
}

// enter takes an owner's place for a socket or stream; false when all are taken. Nobody ("") is not counted.
func (p *places) enter(owner string) bool {
	if owner == "" {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.taken[owner]
	if t == nil {
		t = &taken{}
		p.taken[owner] = t
	}
	if t.sockets >= p.sockets {
		return false
	}
	t.sockets++
	return true
}

// left gives the place of a socket or stream back, with those of operations that died with it.
func (p *places) left(owner string, operations int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t := p.taken[owner]; t != nil {
		t.operations -= operations
		if t.sockets--; t.sockets == 0 {
			delete(p.taken, owner)
		}
	}
}

// begin takes a place for an operation of an owner who has a socket; false when all are taken.
func (p *places) begin(owner string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.taken[owner]
	if t == nil {
		return true
	}
	if t.operations >= p.operations {
		return false
	}
	t.operations++
	return true
}

// end gives the place of an operation back.
func (p *places) end(owner string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t := p.taken[owner]; t != nil {
		t.operations--
	}
}
