package integration

import (
	"context"
	"errors"
	"sync"

	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/idempotency"
)

// together lets repeats of one key that come at the same moment share one question to Reclame Aqui, and
// its answer, be it a failure: calls are scarce, and a repeat is not to be told that they are used up. It
// knows this process alone; repeats in another one may ask, too, and all get the answer that was kept first.
type together struct {
	mu    sync.Mutex
	asked map[string]*question
}

// question is one under way.
type question struct {
	done chan struct{}
	err  error
}

var errGaveUp = errors.New("the question to Reclame Aqui ended without an answer")

// ask runs a question whose answer is kept under a user's key, or waits for the one that is under way.
// Without a key each is a question of its own. Whoever asked first may leave: the others still wait for the answer.
func (t *together) ask(ctx context.Context, userID, mutation, key string, input any, ask func(ctx context.Context) error) error {
	if key == "" {
		return ask(ctx)
	}
	name := idempotency.Hash([]any{userID, mutation, key, input})
	t.mu.Lock()
	if q := t.asked[name]; q != nil {
		t.mu.Unlock()
		select {
		case <-q.done:
			return q.err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	q := &question{done: make(chan struct{}), err: errGaveUp}
	if t.asked == nil {
		t.asked = map[string]*question{}
	}
	t.asked[name] = q
	t.mu.Unlock()
	defer func() { // also when ask panics
		t.mu.Lock()
		delete(t.asked, name)
		t.mu.Unlock()
		close(q.done)
	}()
	err := ask(context.WithoutCancel(ctx))
	fault.Wrap(&err, mutation) // here, for those who wait share the error and must not write on it
	q.err = err
	return err
}

// askOnce is idempotency.Answer for a question to Reclame Aqui.
func askOnce[T any](
	ctx context.Context, s *Service, userID, mutation, key string, input any, ask func(ctx context.Context) (T, error),
) (answer T, err error) {
	answering := func(ctx context.Context) (T, error) {
		return idempotency.Answer(ctx, s.database, userID, mutation, key, input, ask)
	}
	if key == "" {
		return answering(ctx)
	}
	err = s.together.ask(ctx, userID, mutation, key, input, func(ctx context.Context) error {
		_, err := answering(ctx)
		return err
	})
	if err != nil {
		return answer, err
	}
	return answering(ctx) // it is kept now
}
