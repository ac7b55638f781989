package sandbox

import (
	"net/http"
	"time"
)

func (s *Server) settingVerbs() map[string]verb {
	return map[string]verb{
		"GET /__sandbox/state":       s.adminState,
		"GET /__sandbox/calls":       s.adminCalls,
		"PUT /__sandbox/life":        s.adminLife,
		"POST /__sandbox/happen":     s.adminHappen,
		"PUT /__sandbox/callback":    s.adminCallback,
		"PUT /__sandbox/rate":        s.adminRate,
		"POST /__sandbox/faults":     s.adminFault,
		"DELETE /__sandbox/faults":   func(*http.Request) (int, any, error) { s.ClearFaults(); return http.StatusNoContent, nil, nil },
		"PUT /__sandbox/chaos":       s.adminChaos,
		"DELETE /__sandbox/chaos":    func(*http.Request) (int, any, error) { return http.StatusNoContent, nil, s.SetChaos(Chaos{}) },
		"GET /__sandbox/switches":    func(*http.Request) (int, any, error) { return http.StatusOK, s.Switches(), nil },
		"PUT /__sandbox/switches":    s.adminSwitches,
		"DELETE /__sandbox/switches": func(*http.Request) (int, any, error) { return http.StatusNoContent, nil, s.SetSwitches(s.cfg.Switches) },
		"PUT /__sandbox/clock":       s.adminClock,
		"PUT /__sandbox/licence":     s.adminLicence,
		"DELETE /__sandbox/tokens":   func(*http.Request) (int, any, error) { s.RevokeTokens(); return http.StatusNoContent, nil, nil },
		"PUT /__sandbox/malformed":   s.adminMalformed,
	}
}

func (s *Server) adminState(*http.Request) (int, any, error) { return http.StatusOK, s.Overview(), nil }

func (s *Server) adminCalls(r *http.Request) (int, any, error) {
	limit, err := limitOf(r, maxCalls, maxCalls)
	if err != nil {
		return 0, nil, err
	}
	calls := s.Calls()
	return http.StatusOK, map[string]any{"total": s.calls.count(), "data": calls[max(0, len(calls)-limit):]}, nil
}

func (s *Server) adminLife(r *http.Request) (int, any, error) {
	body, err := readBody[onBody](r)
	if err == nil && body.On == nil {
		err = &InputError{"on", "é obrigatório"}
	}
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, body, s.setLife(*body.On)
}

func (s *Server) adminHappen(*http.Request) (int, any, error) {
	h, err := s.Happen()
	return http.StatusOK, h, err
}

func (s *Server) adminCallback(r *http.Request) (int, any, error) {
	body, err := readBody[struct {
		URL  *string `json:"url"`
		Body string  `json:"body"`
	}](r)
	if err == nil && body.URL == nil {
		err = &InputError{"url", "é obrigatório"}
	}
	if err == nil {
		err = s.setCallback(*body.URL, body.Body)
	}
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, s.Overview().Callback, nil
}

func (s *Server) adminRate(r *http.Request) (int, any, error) {
	body, err := readBody[struct {
		Rate int `json:"rate"`
	}](r)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, body, s.SetRate(body.Rate)
}

func (s *Server) adminFault(r *http.Request) (int, any, error) {
	body, err := readBody[Fault](r)
	if err != nil {
		return 0, nil, err
	}
	if err := s.AddFault(*body); err != nil {
		return 0, nil, err
	}
	return http.StatusCreated, map[string]any{"data": s.Faults()}, nil
}

func (s *Server) adminChaos(r *http.Request) (int, any, error) {
	body, err := readBody[Chaos](r)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, body, s.SetChaos(*body)
}

// adminSwitches changes only the switches that the body names.
func (s *Server) adminSwitches(r *http.Request) (int, any, error) {
	sw := s.Switches()
	if err := readInto(r, &sw); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, sw, s.SetSwitches(sw)
}

// adminClock drives the clock on by a number of seconds, or to a moment.
func (s *Server) adminClock(r *http.Request) (int, any, error) {
	body, err := readBody[struct {
		Advance *float64   `json:"advance"`
		Set     *time.Time `json:"set"`
	}](r)
	switch {
	case err != nil:
		return 0, nil, err
	case (body.Advance == nil) == (body.Set == nil):
		return 0, nil, &InputError{"advance", "ou advance (segundos) ou set (um instante)"}
	case body.Set != nil:
		err = s.SetTime(*body.Set)
	case *body.Advance > maxAdvance.Seconds() || *body.Advance < -maxAdvance.Seconds():
		err = &InputError{"advance", "deve ser um número de segundos de até dez anos"}
	default:
		err = s.Advance(time.Duration(*body.Advance * float64(time.Second)))
	}
	return http.StatusOK, map[string]any{"now": s.Now()}, err
}

// adminLicence sets both dates; null or left out is the year before and the year after now.
func (s *Server) adminLicence(r *http.Request) (int, any, error) {
	body, err := readBody[struct {
		Start *time.Time `json:"start"`
		End   *time.Time `json:"end"`
	}](r)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, body, s.SetLicence(body.Start, body.End)
}

func (s *Server) adminMalformed(r *http.Request) (int, any, error) {
	body, err := readBody[struct {
		Percent int `json:"percent"`
	}](r)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, body, s.SetMalformed(body.Percent)
}
