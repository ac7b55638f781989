package sandbox

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Server is one Reclame Aqui.
type Server struct {
	cfg     Config
	ledger  *ledger
	window  window
	tokens  tokens
	faults  faultList
	calls   callLog
	notices notices
	chaos   chaos
	files   *fileStore
	links   linkKey
	dial    *dial
	driving sync.Mutex // one drive of the clock at a time
	running atomic.Bool
	lifeSet chan struct{} // wakes the life loop after SetLife
}

// New opens a sandbox: with what its state file keeps, else with starting data. Nothing runs yet: callbacks and life
// need Run.
func New(cfg Config) (*Server, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	clock := &dial{base: cfg.Now}
	cfg.Now = clock.now
	s := &Server{
		cfg: cfg, dial: clock, files: openFiles(cfg.StateFile), links: newLinkKey(), window: window{calls: map[string][]time.Time{}}, tokens: tokens{known: map[string]grant{}},
		notices: notices{client: cfg.HTTPClient, log: cfg.Log, wake: make(chan struct{}, 1)}, lifeSet: make(chan struct{}, 1),
	}
	// The ledger's lock is held while it tells of a change, so what is told must not ask it back.
	s.ledger, err = openLedger(cfg, clock.drive, s.notices.add)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Restored says whether the state came from the state file, with the settings that it kept, and not from the seed.
func (s *Server) Restored() bool { return s.ledger.restored }

// Run makes life happen, keeps time and delivers callbacks. It returns nil when ctx is done and everything it started has stopped;
// callbacks not delivered by then are given up. Only one Run at a time.
func (s *Server) Run(ctx context.Context) error {
	if !s.running.CompareAndSwap(false, true) {
		return errors.New("sandbox: already running")
	}
	defer s.running.Store(false)
	var wg sync.WaitGroup
	wg.Go(func() { s.live(ctx) })
	wg.Go(func() { s.keepTime(ctx) })
	wg.Go(func() { s.notices.deliver(ctx) })
	wg.Wait()
	return nil
}

// Close closes the state file, after Run has returned and the Handler is out of use. A change after it is refused where
// there is a state file.
func (s *Server) Close() error { return s.ledger.close() }

// Handler serves the three sides: /api/ (Reclame Aqui's contract), /__sandbox/ (make things happen) and / (the page).
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	s.routeAPI(mux)
	s.routeAdmin(mux)
	routePage(mux)
	return mux
}
