package reclameaqui

import (
	"errors"
	"net/http"
	"testing"
)

func TestAvailability(t *testing.T) {
	w := newWorld(t, says(200, "any <body>"))
	gate := &gateLog{}
	client := w.client(WithGate(gate))
	equal(t, "auth", client.AuthAvailable(t.Context()), nil)
	equal(t, "tokens", w.issued(), 0)
	equal(t, "tickets", client.TicketsAvailable(t.Context()), nil)
	equal(t, "passes through the gate", gate.entered, 3)
	for i, want := range []string{"/api/auth/availability ", "/api/ticket/availability Bearer token-1"} {
		r := w.calls()[i]
		equal(t, "asked", r.path+" "+r.header.Get("Authorization"), want)
	}

	down := newWorld(t, says(503, `{"code":5030}`))
	equal(t, "auth down", mustFail(t, down.client().AuthAvailable(t.Context())).Status, http.StatusServiceUnavailable)
	equal(t, "tickets down", mustFail(t, down.client().TicketsAvailable(t.Context())).Kind, KindUnavailable)
	full := errors.New("no call left")
	err := down.client(WithGate(&gateLog{failFrom: 1, fail: full})).AuthAvailable(t.Context())
	equal(t, "held back", errors.Is(err, full) && mustFail(t, err).Kind == KindRateLimited, true)
	moved := newWorld(t, redirect)
	equal(t, "moved", mustFail(t, moved.client().AuthAvailable(t.Context())).Status, http.StatusTemporaryRedirect)
}
