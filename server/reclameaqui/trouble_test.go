package reclameaqui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

func TestTroubleOf(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   Trouble
	}{
		"503":                {says(503, `{"message":"down","code":5030}`), TroubleUnreachable},
		"502 of a proxy":     {says(502, "<html>Bad Gateway</html>"), TroubleUnreachable},
		"cut before a word":  {drops, TroubleUnreachable},
		"redirect":           {says(302, ""), TroubleUnreachable},
		"no JSON":            {says(200, "<html>manutenção</html>"), TroubleBroken},
		"cut JSON":           {says(200, `{"data":[{"id":"1","detail`), TroubleBroken},
		"cut while it came":  {cuts, TroubleBroken},
		"401":                {says(401, `{"message":"no","code":4010}`), TroubleCredentials},
		"401 of the licence": {says(401, `{"message":"Licença expirada","code":4010}`), TroubleLicence},
		"403 of the licence": {says(403, `{"message":"Licença não vigente","code":4030}`), TroubleLicence},
		"403":                {says(403, `{"message":"no","code":4030}`), TroubleRefusal},
		"400":                {says(400, `{"message":"no","code":4000}`), TroubleRefusal},
		"404":                {says(404, `{"message":"no","code":4040}`), TroubleNone},
		"429":                {says(429, `{"message":"wait","code":4290}`), TroubleNone},
		"silence":            {rests, TroubleSlow},
		"half, then silence": {halves, TroubleSlow},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.answer)
			_, err := w.client(WithTimeout(300*time.Millisecond)).List(t.Context(), Query{})
			equal(t, "trouble", TroubleOf(fmt.Errorf("sync: %w", err)), c.want)
		})
	}
}

func TestTroubleWithoutAnAnswer(t *testing.T) {
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	w := newWorld(t, says(200, `{"data":[]}`))
	_, err := w.client().List(canceled, Query{})
	equal(t, "a caller who went away", TroubleOf(err), TroubleNone)
	equal(t, "an error of somebody else", TroubleOf(io.EOF), TroubleNone)
	equal(t, "nothing", TroubleOf(nil), TroubleNone)
	dial := &net.OpError{Op: "dial", Net: "tcp", Err: context.DeadlineExceeded}
	equal(t, "nobody there in time", TroubleOf(&Error{Kind: KindUnavailable, Cause: dial}), TroubleUnreachable)
	refused := &Error{Op: opToken, Status: 400, Kind: KindRefused, Sent: true}
	equal(t, "a token refused", TroubleOf(refused), TroubleCredentials)
	equal(t, "and the call that needed it", TroubleOf(withoutToken("list", refused)), TroubleCredentials)
	equal(t, "a call that cannot be made", TroubleOf(&Error{Kind: KindRefused, Cause: errors.New("x")}), TroubleNone)
}

// cuts promises more than it sends.
func cuts(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	_, _ = io.WriteString(w, `{"data":[`)
}

// rests says nothing until the client has gone.
func rests(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// halves begins to answer, and then rests.
func halves(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Length", "1000")
	_, _ = io.WriteString(w, `{"data":[`)
	w.(http.Flusher).Flush()
	rests(w, r)
}
