package sandbox

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Bodies of a callback. All are invented: no native callback has ever been seen.
const (
	bodyRotate   = "rotate" // the others in turn
	bodyID       = "id"
	bodyTicketID = "ticket_id"
	bodyData     = "data"
	bodyTicket   = "ticket"
	bodyEmpty    = "empty"
)

var callbackBodies = []string{bodyID, bodyTicketID, bodyData, bodyTicket, bodyEmpty}

// The pauses before the second, third and fourth attempt of a callback.
var callbackBackoff = []time.Duration{250 * time.Millisecond, time.Second, 4 * time.Second}

const (
	maxNotices      = 10_000 // waiting; the oldest is given up beyond
	parallelNotices = 16
)

// CallbackStats counts callbacks since the start of the process.
type CallbackStats struct {
	Delivered int `json:"delivered"` // answered 2xx
	Failed    int `json:"failed"`    // given up after the last attempt
	Retried   int `json:"retried"`   // attempts after the first
	Waiting   int `json:"waiting"`   // not yet started or between attempts
	Dropped   int `json:"dropped"`   // given up because too many waited
}

type notice struct {
	url  string
	body []byte
}

// notices is the queue of callbacks. Adding never blocks.
type notices struct {
	client *http.Client
	log    *slog.Logger

	mu      sync.Mutex
	queue   []notice
	turn    int // which body is next in rotation
	stats   CallbackStats
	running int
	wake    chan struct{}
}

func (n *notices) add(t *Ticket, set settings) {
	if set.CallbackURL == "" {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	kind := set.CallbackBody
	if kind == bodyRotate {
		kind = callbackBodies[n.turn%len(callbackBodies)]
		n.turn++
	}
	n.queue = append(n.queue, notice{set.CallbackURL, callbackBody(kind, t)})
	if over := len(n.queue) - maxNotices; over > 0 {
		n.queue = slices.Delete(n.queue, 0, over)
		n.stats.Dropped += over
	}
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

func callbackBody(kind string, t *Ticket) []byte {
	var body any
	switch kind {
	case bodyID:
		body = map[string]int64{"id": t.ID}
	case bodyTicketID:
		body = map[string]int64{"ticket_id": t.ID}
	case bodyData:
		body = map[string][]*Ticket{"data": {t}}
	case bodyTicket:
		body = t
	default:
		return nil
	}
	return ok(body).body
}

// deliver sends what waits until ctx is done, then waits for what is under way, which ctx ends too.
func (n *notices) deliver(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	places := make(chan struct{}, parallelNotices)
	for {
		next, found := n.take()
		if !found {
			select {
			case <-n.wake:
				continue
			case <-ctx.Done():
				return
			}
		}
		select {
		case places <- struct{}{}:
		case <-ctx.Done():
			n.done(ctx.Err())
			return
		}
		wg.Go(func() {
			defer func() { <-places }()
			n.done(n.send(ctx, next))
		})
	}
}

func (n *notices) take() (notice, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.queue) == 0 {
		return notice{}, false
	}
	first := n.queue[0]
	n.queue = n.queue[1:]
	n.running++
	return first, true
}

func (n *notices) done(err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.running--
	if err == nil {
		n.stats.Delivered++
		return
	}
	n.stats.Failed++
	n.log.Warn("sandbox: callback given up", "failed", n.stats.Failed)
}

// send tries until 2xx or until the last pause is over.
func (n *notices) send(ctx context.Context, c notice) error {
	err := n.post(ctx, c)
	for _, pause := range callbackBackoff {
		if err == nil {
			return nil
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
		n.mu.Lock()
		n.stats.Retried++
		n.mu.Unlock()
		err = n.post(ctx, c)
	}
	return err
}

var errNotTaken = errors.New("sandbox: callback not answered 2xx")

func (n *notices) post(ctx context.Context, c notice) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(c.body))
	if err != nil {
		return err
	}
	if len(c.body) > 0 {
		r.Header.Set("Content-Type", "application/json;charset=UTF-8")
	}
	answer, err := n.client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	// Read so that the connection can be used again; no more than an answer may sensibly hold.
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<16))
	if answer.StatusCode/100 != 2 {
		return errNotTaken
	}
	return nil
}

func (n *notices) snapshot() CallbackStats {
	n.mu.Lock()
	defer n.mu.Unlock()
	stats := n.stats
	stats.Waiting = len(n.queue) + n.running
	return stats
}
