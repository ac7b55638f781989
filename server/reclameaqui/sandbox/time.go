package sandbox

import (
	"sync"
	"time"
)

// dial is the sandbox's clock: the configured one, and how far it was driven away from it. It goes on running.
type dial struct {
	base func() time.Time
	mu   sync.Mutex
	off  time.Duration
}

func (d *dial) now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.base().Add(d.off)
}

func (d *dial) drive(off time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.off = off
}

// maxAdvance bounds one drive of the clock: ten years.
const maxAdvance = 10 * 365 * 24 * time.Hour

// Now is the sandbox's time.
func (s *Server) Now() time.Time { return s.cfg.Now().UTC() }

// Advance drives the clock on by d, or back where d is negative, and lets happen what came due. Everything follows it:
// tokens, limits, windows, links, late posts and the freeze. With a state file it is kept.
func (s *Server) Advance(d time.Duration) error {
	if d < -maxAdvance || d > maxAdvance {
		return &InputError{"advance", "deve ser um número de segundos de até dez anos"}
	}
	s.driving.Lock()
	defer s.driving.Unlock()
	off := s.ledger.current().ClockOff + d
	if err := s.ledger.set(func(set *settings) { set.ClockOff = off }); err != nil {
		return err
	}
	s.dial.drive(off)
	if d < 0 {
		s.window.clear() // else the calls of a time to come would count until it has come again
	}
	s.ledger.settle()
	return nil
}

// SetTime drives the clock to at, from where it goes on.
func (s *Server) SetTime(at time.Time) error { return s.Advance(at.Sub(s.cfg.Now())) }
