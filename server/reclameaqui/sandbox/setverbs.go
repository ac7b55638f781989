package sandbox

import (
	"fmt"
	"net/url"
	"slices"
)

// SetCallback says where callbacks go from now on; "" means nowhere. It is kept in the state file; that it could not be
// is logged, and then nothing changes.
func (s *Server) SetCallback(address string) {
	s.logged(s.setCallback(address, ""))
}

// setCallback also chooses the bodies; "" leaves them.
func (s *Server) setCallback(address, body string) error {
	if address != "" {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return &InputError{"url", "deve ser um endereço http(s) completo, ou vazio"}
		}
	}
	if body != "" && body != bodyRotate && !slices.Contains(callbackBodies, body) {
		return &InputError{"body", fmt.Sprintf("deve ser %s ou um de %v", bodyRotate, callbackBodies)}
	}
	return s.ledger.set(func(set *settings) {
		set.CallbackURL = address
		if body != "" {
			set.CallbackBody = body
		}
	})
}

// SetLife switches life on or off, from now on and, with a state file, after a restart. It is off at first.
func (s *Server) SetLife(on bool) { s.logged(s.setLife(on)) }

func (s *Server) setLife(on bool) error {
	err := s.ledger.set(func(set *settings) { set.Life = on })
	select {
	case s.lifeSet <- struct{}{}:
	default:
	}
	return err
}

// SetRate changes how many calls a client may make in any 60 s; new tokens tell the new figure.
func (s *Server) SetRate(rate int) error {
	if rate < 1 || rate > maxRate {
		return &InputError{"rate", fmt.Sprintf("deve estar entre 1 e %d", maxRate)}
	}
	return s.ledger.set(func(set *settings) { set.Rate, set.RateInstead = rate, s.cfg.Rate })
}

// AddFault arms a fault.
func (s *Server) AddFault(f Fault) error {
	f, err := f.check()
	if err != nil {
		return err
	}
	return s.faults.add(f)
}

// ClearFaults disarms all faults.
func (s *Server) ClearFaults() { s.faults.clear() }

// Faults are the faults still to come.
func (s *Server) Faults() []Fault { return s.faults.all() }

// Calls are the last 10,000 calls of the API side, oldest first.
func (s *Server) Calls() []Call { return s.calls.all() }

func (s *Server) logged(err error) {
	if err != nil {
		s.cfg.Log.Error("sandbox: setting not changed", "error", err)
	}
}
