package sandbox

import "time"

// term is when the licence begins and ends: as set, else the year before and the year after now.
func (set settings) term(now time.Time) (start, end time.Time) {
	now = now.UTC()
	start, end = time.Date(now.Year()-1, time.January, 1, 0, 0, 0, 0, time.UTC), time.Date(now.Year()+1, time.December, 31, 23, 59, 59, 0, time.UTC)
	if set.LicenceStart != nil {
		start = *set.LicenceStart
	}
	if set.LicenceEnd != nil {
		end = *set.LicenceEnd
	}
	return start, end
}

// licence refuses every call that needs one before the licence begins and after it ends. What the real API answers then
// is unknown.
func (s *Server) licence(v *visit) error {
	start, end := s.ledger.current().term(v.at)
	code := 4030
	if v.sw.LicenceUnauthorized {
		code = 4010
	}
	switch {
	case v.at.Before(start):
		return refuse(code, "A licença ainda não começou.")
	case v.at.After(end):
		return refuse(code, "A licença terminou.")
	}
	return nil
}

// SetLicence says when the licence begins and ends; nil is the year before and the year after now.
func (s *Server) SetLicence(start, end *time.Time) error {
	return s.ledger.set(func(set *settings) { set.LicenceStart, set.LicenceEnd = start, end })
}

// RevokeTokens ends all access tokens now, before their time.
func (s *Server) RevokeTokens() { s.tokens.revoke() }

// date writes a day of the licence in the format that a switch asks for.
func (sw Switches) date(at time.Time) string {
	switch sw.LicenceDates {
	case "day":
		return at.Format(time.DateOnly)
	case "brazil":
		return at.Format("02/01/2006")
	}
	return at.UTC().Format(instantLayout)
}
