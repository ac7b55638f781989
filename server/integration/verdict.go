package integration

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/quota"
	"citrus.cx/channel/server/reclameaqui"
)

// asker is a client for an administrator's question, which says of a failure what the administrator can do about it.
type asker struct {
	*reclameaqui.Client
	s    *Service
	row  *db.Integration
	gate *learner
}

// learner notices a token that is new: with it Reclame Aqui says from when to when the licence is in force.
type learner struct {
	gate
	learned atomic.Bool
}

func (l *learner) TokenIssued(t reclameaqui.Token) {
	l.learned.Store(true)
	l.gate.TokenIssued(t)
}

// asking makes one; without credentials the fields to fill in are named.
func (s *Service) asking(row *db.Integration) (*asker, error) {
	a := &asker{s: s, row: row, gate: &learner{gate: gate{budgets: s.options.Budgets, credential: s.Credential(row), lane: quota.Agent, now: s.options.Now}}}
	var err error
	a.Client, err = s.client(row, a.gate)
	if !errors.Is(err, ErrNoCredentials) {
		return a, err
	}
	var problems fault.List
	if row.APIUsername == nil {
		problems.Add(fault.Required, "apiUsername")
	}
	if row.APIPassword == nil {
		problems.Add(fault.Required, "apiPassword")
	}
	return nil, problems.Err()
}

// verdict is Upstream for what every account may ask: the pages and a count. A "no" to these is about the account,
// where a "no" to an agent's action may be about the action alone.
func (a *asker) verdict(ctx context.Context, err error) error {
	said := Upstream(err)
	var e *reclameaqui.Error
	if !errors.As(err, &e) {
		return said
	}
	f, _ := said.(*fault.Error) //nolint:errorlint // Upstream made it
	switch {
	case e.Kind == reclameaqui.KindRateLimited && f.RetryAfter == 0:
		f.RetryAfter = a.free(ctx)
	case e.Kind != reclameaqui.KindRefused:
	case strings.Contains(strings.ToLower(e.Message), "licen"), e.Status == http.StatusForbidden && a.expired(ctx):
		f.Code, f.Again = fault.UpstreamLicence, nil
	case !e.Sent, e.Op == tokenOp: // not the question was refused but the token
		f.Code, f.Again = fault.UpstreamCredentials, nil
	}
	return said
}

// tokenOp is the operation of a refused token request.
const tokenOp = "token"

// free is when a call may go again, 0 when that cannot be told.
func (a *asker) free(ctx context.Context) time.Duration {
	state, err := a.s.options.Budgets.State(identity.System(ctx), a.gate.credential)
	if err != nil {
		return 0
	}
	until := state.NextSlot
	if state.BlockedUntil != nil && state.BlockedUntil.After(until) {
		until = *state.BlockedUntil
	}
	return max(time.Until(until), 0)
}

// expired says whether the licence is not in force. Reclame Aqui says so with a token alone: where the one at hand is old, a
// new one is asked for, once.
func (a *asker) expired(ctx context.Context) bool {
	if a.notInForce(ctx) {
		return true
	}
	if a.gate.learned.Load() {
		return false
	}
	fresh, err := a.s.client(a.row, a.gate, forgetful)
	if err == nil {
		_, err = fresh.Token(ctx)
	}
	var e *reclameaqui.Error
	if errors.As(err, &e) {
		return e.Kind == reclameaqui.KindLicenceEnded
	}
	return err == nil && a.notInForce(ctx)
}

func (a *asker) notInForce(ctx context.Context) bool {
	state, err := a.s.options.Budgets.State(identity.System(ctx), a.gate.credential)
	if err != nil {
		return false
	}
	now := a.s.options.Now()
	return state.LicenceStart != nil && now.Before(*state.LicenceStart) || state.LicenceEnd != nil && now.After(*state.LicenceEnd)
}

// forgetful is a store of tokens that keeps what is saved and gives nothing back.
func forgetful(store reclameaqui.TokenStore) reclameaqui.TokenStore { return forgetting{store} }

type forgetting struct{ reclameaqui.TokenStore }

func (forgetting) Load(context.Context) (reclameaqui.Token, bool) { return reclameaqui.Token{}, false }
