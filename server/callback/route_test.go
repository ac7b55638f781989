package callback

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/inbox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const token = "tok-0123456789-abcdefghij"

// route is the handler behind a real server, with a clock that a test moves.
type route struct {
	*httptest.Server
	handler       *Handler
	database      *database.DB
	integrationID string
	now           atomic.Pointer[time.Time]
	committing    atomic.Pointer[func()] // called in the midst of a group's transaction
	cancel        context.CancelFunc     // asks the committer to end
	stop          func()                 // and waits for it
	log           lockedBuffer
}

type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func serve(t testing.TB, d *database.DB) *route {
	t.Helper()
	r := &route{database: d}
	start := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	r.now.Store(&start)
	now := func() time.Time { return *r.now.Load() }
	r.integrationID = d.Writer.Integration.Create().SetName("x").SetNameFolded("x").
		SetChannel(integration.ChannelRECLAME_AQUI).SetKind(integration.KindRECLAME_AQUI).SaveX(context.Background()).ID
	r.addToken(token, nil)
	within := func() time.Time {
		if called := r.committing.Load(); called != nil {
			(*called)()
		}
		return now()
	}
	r.handler = New(d, inbox.New(d, inbox.Options{Now: within}), Options{Now: now, Log: slog.New(slog.NewTextHandler(&r.log, nil))})
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	ended := make(chan error, 1)
	go func() { ended <- r.handler.Run(ctx) }()
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	t.Cleanup(r.stop)
	mux := http.NewServeMux()
	mux.Handle("/callbacks/reclame-aqui/{token}", r.handler)
	r.Server = httptest.NewServer(mux)
	r.Client().Transport.(*http.Transport).MaxIdleConnsPerHost = 64
	t.Cleanup(r.Close)
	return r
}

func (r *route) addToken(token string, expires *time.Time) {
	r.database.Writer.CallbackToken.Create().SetIntegrationID(r.integrationID).SetHash(Hash(token)).
		SetSealed([]byte("-")).SetNillableExpiresAt(expires).ExecX(context.Background())
}

func (r *route) pass(d time.Duration) {
	later := r.now.Load().Add(d)
	r.now.Store(&later)
}

// send gives the answer's status, headers and body.
func (r *route) send(t testing.TB, method, token, contentType string, body io.Reader) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequest(method, r.URL+"/callbacks/reclame-aqui/"+token, body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", contentType)
	response, err := r.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(text)
}

func (r *route) status(t testing.TB, method, token, body string) int {
	t.Helper()
	response, _ := r.send(t, method, token, js, strings.NewReader(body))
	return response.StatusCode
}

func (r *route) rows(t testing.TB) (deliveries, hints int) {
	t.Helper()
	ctx := context.Background()
	return r.database.Reader.CallbackDelivery.Query().CountX(ctx), r.database.Reader.Hint.Query().CountX(ctx)
}
