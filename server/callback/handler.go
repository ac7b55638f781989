// Package callback owns the REST route that Reclame Aqui notifies, and does four things there:
// cap, authenticate, keep, answer 2xx (domain rule C1). What is kept is the raw delivery and
// the hints read from it, in one durable transaction, before the answer leaves.
//
// It refuses to believe a body: that names at most what to read again (package inbox), never a
// state. It refuses to call Reclame Aqui and to know tickets. App mounts the Handler at
// "/callbacks/reclame-aqui/{token}" and runs its committer; Reclame Aqui calls it.
package callback

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/inbox"
)

// maxBody is the cap of a body, and the width of the column that keeps it.
const maxBody = 1 << 20

// Bounds of one request, so that a stuck client or database holds nothing for ever.
const (
	bodyTimeout = 10 * time.Second
	keepTimeout = 15 * time.Second
	// retryAfter is told in seconds to a caller that is refused because nothing could be kept.
	retryAfter = "5"
	// maxHeld is how many bytes of bodies are in memory at once, whoever sends how many; more of them wait.
	maxHeld = 64 << 20
	// maxToken is far above what package integration makes; longer ones are not even looked up.
	maxToken = 200
)

// Options of New. The zero value is a working one.
type Options struct {
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Log hears of deliveries that could not be kept, without anything of them; nobody when nil.
	Log *slog.Logger
	// MaxBody is the largest body in bytes; 1 MiB when 0, and at most that.
	MaxBody int64
	// AsSystem marks the product's own reads, for a reader that hides rows from whom it does
	// not know; the context as it is when nil.
	AsSystem func(context.Context) context.Context
}

// Handler is the route. ServeHTTP takes deliveries in, Run commits them.
type Handler struct {
	database *database.DB
	inbox    *inbox.Inbox
	options  Options
	tokens   *tokens
	counts   *counts
	memory   *semaphore.Weighted // of bodies, in bytes

	queue   chan *delivery
	stopped chan struct{} // closed when Run has ended
	// insertions are the statements for groups, by their size.
	insertions [maxGroup + 1]string
	running    atomic.Bool
}

// New makes the route's handler. It answers 503 to deliveries unless Run runs.
func New(d *database.DB, in *inbox.Inbox, o Options) *Handler {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.MaxBody <= 0 || o.MaxBody > maxBody {
		o.MaxBody = maxBody
	}
	if o.AsSystem == nil {
		o.AsSystem = func(ctx context.Context) context.Context { return ctx }
	}
	return &Handler{
		database: d, inbox: in, options: o,
		tokens:  newTokens(d, o.Now, o.AsSystem),
		counts:  newCounts(),
		memory:  semaphore.NewWeighted(maxHeld),
		queue:   make(chan *delivery, maxGroup),
		stopped: make(chan struct{}),
	}
}

// ServeHTTP answers POST and PUT with 200 once the delivery is durable, 404 to a wrong token
// before it reads the body, 413 to a body over the cap, 503 when nothing could be kept. GET
// and HEAD are probes: 200 to a right token.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	begun := time.Now()
	switch r.Method {
	case http.MethodPost, http.MethodPut, http.MethodGet, http.MethodHead:
	default:
		w.Header().Set("Allow", "GET, HEAD, POST, PUT")
		h.refuse(w, http.StatusMethodNotAllowed)
		return
	}
	owner, err := h.authenticate(r)
	switch {
	case err != nil:
		h.options.Log.ErrorContext(r.Context(), "callback token cannot be looked up", "error", err)
		h.refuse(w, http.StatusServiceUnavailable)
	case owner == nil:
		h.refuse(w, http.StatusNotFound)
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		accept(w)
	default:
		if status := h.receive(w, r, owner); status != http.StatusOK {
			h.refuse(w, status)
			return
		}
		h.counts.kept(time.Since(begun))
		accept(w)
	}
}

func (h *Handler) authenticate(r *http.Request) (*owner, error) {
	token := r.PathValue("token")
	if token == "" || len(token) > maxToken {
		return nil, nil
	}
	return h.tokens.owner(r.Context(), Hash(token))
}

// receive keeps a delivery and gives the status to answer.
func (h *Handler) receive(w http.ResponseWriter, r *http.Request, of *owner) int {
	room := h.room(r)
	if !h.enter(r.Context(), room) {
		return http.StatusServiceUnavailable
	}
	defer h.memory.Release(room)
	body, err := h.read(w, r)
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return http.StatusRequestEntityTooLarge
	}
	if err != nil {
		return http.StatusBadRequest // cut off or too slow: the sender will try again
	}
	contentType := r.Header.Get("Content-Type")
	err = h.keep(r.Context(), &delivery{
		owner:       of,
		receivedAt:  h.options.Now().UTC().Truncate(time.Microsecond),
		method:      r.Method,
		contentType: printable(contentType),
		body:        body,
		references:  Extract(contentType, body),
		kept:        make(chan error, 1),
	})
	if err != nil {
		return http.StatusServiceUnavailable
	}
	return http.StatusOK
}

// enter waits until there is memory for a body; false when there is none for long.
func (h *Handler) enter(ctx context.Context, room int64) bool {
	if h.memory.TryAcquire(room) {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, keepTimeout)
	defer cancel()
	return h.memory.Acquire(ctx, room) == nil
}

// room is how many bytes a request may come to hold.
func (h *Handler) room(r *http.Request) int64 {
	if r.ContentLength < 0 || r.Header.Get("Content-Encoding") != "" {
		return 2 * h.options.MaxBody
	}
	return min(r.ContentLength, h.options.MaxBody)
}

// read gives the whole body as it was before it was compressed, or *http.MaxBytesError.
func (h *Handler) read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength > h.options.MaxBody {
		return nil, &http.MaxBytesError{Limit: h.options.MaxBody}
	}
	// Not every writer can: then the server's own time-outs have to do.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTimeout))
	limited := http.MaxBytesReader(w, r.Body, h.options.MaxBody)
	var body []byte
	var err error
	if r.ContentLength < 0 {
		body, err = io.ReadAll(limited)
	} else {
		body = make([]byte, r.ContentLength)
		_, err = io.ReadFull(limited, body)
	}
	if err != nil {
		return nil, err
	}
	return decode(body, r.Header.Get("Content-Encoding"), h.options.MaxBody)
}

// printable is a content type as a text column keeps it: at most 200 bytes of UTF-8, which a header need not be.
func printable(contentType string) string {
	const width = 200
	return strings.ToValidUTF8(contentType[:min(len(contentType), width)], "")
}

func accept(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, "{}") // a caller that is gone asks again; what is kept stays kept
}

func (h *Handler) refuse(w http.ResponseWriter, status int) {
	h.counts.refused(status)
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", retryAfter)
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, http.StatusText(status), status)
}
