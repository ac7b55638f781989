package transport

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"citrus.cx/channel/graph/transport/internal/testschema"
	"citrus.cx/channel/server/fault"
	"github.com/99designs/gqlgen/graphql/executor"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// house is a server under test with the schema that it serves.
type house struct {
	*Server
	schema *testschema.Schema
	url    string
}

type whoKey struct{}

// authenticate knows one token, one token that is broken inside, and nobody else.
func authenticate(ctx context.Context, authorization string) (context.Context, error) {
	switch authorization {
	case "":
		return ctx, nil
	case "Bearer good":
		return context.WithValue(ctx, whoKey{}, "ana"), nil
	case "Bearer forbidden":
		return nil, fault.New(fault.Forbidden)
	case "Bearer often":
		return nil, fault.New(fault.TooManyRequests)
	case "Bearer broken":
		return nil, net.ErrClosed
	case "Bearer panic":
		panic("a secret that no client may see")
	}
	return nil, fault.New(fault.Unauthenticated)
}

// open starts a server; the test ends only when Shutdown has found every goroutine ended.
func open(t *testing.T, configure func(*Config)) *house {
	t.Helper()
	h := build(configure)
	web := httptest.NewServer(h)
	h.url = web.URL
	t.Cleanup(func() {
		h.shutdown(t)
		web.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return h
}

func build(configure func(*Config)) *house {
	schema := testschema.New()
	schema.Started = make(chan struct{}, 100)
	schema.Ended = make(chan struct{}, 100)
	schema.Fail = Fail
	schema.LastEventID = LastEventID
	schema.Who = func(ctx context.Context) string {
		who, _ := ctx.Value(whoKey{}).(string)
		return who
	}
	c := Config{Exec: executor.New(schema), Authenticate: authenticate}
	if configure != nil {
		configure(&c)
	}
	return &house{Server: New(c), schema: schema}
}

func (h *house) shutdown(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := h.Shutdown(ctx); err != nil {
		t.Errorf("shutdown: %v", err)
	}
}

// wait takes one value, or fails the test: nothing here takes this long.
func wait(t *testing.T, c <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(10 * time.Second):
		t.Fatalf("%s did not happen", what)
	}
}
