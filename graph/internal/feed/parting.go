package feed

import "sync"

// parting is who has closed, until the hub's next turn. Its lock is taken by sockets that hold theirs: under it nothing else is done.
type parting struct {
	mu   sync.Mutex
	list []*Subscriber
	rung chan struct{}
}

func (p *parting) add(s *Subscriber) {
	p.mu.Lock()
	p.list = append(p.list, s)
	p.mu.Unlock()
	select {
	case p.rung <- struct{}{}:
	default:
	}
}

// forget lets go of who has parted.
func (h *Hub) forget() {
	h.parting.mu.Lock()
	list := h.parting.list
	h.parting.list = nil
	h.parting.mu.Unlock()
	if len(list) == 0 {
		return
	}
	h.mu.Lock()
	for _, s := range list {
		s.mu.Lock()
		h.leave(s)
		s.mu.Unlock()
		delete(h.living, s)
		if s.question.askers--; s.question.askers == 0 {
			delete(h.asked, s.question.Key)
		}
	}
	h.mu.Unlock()
	for _, s := range list {
		s.listener.Leave()
	}
}
