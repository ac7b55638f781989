package inquiry

import (
	"context"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/singleflight"

	"citrus.cx/channel/server/fault"
)

// remembered is how many answers are kept, of every kind together.
const remembered = 1000

// memory keeps answers while they are good, and has each question asked once at a time.
type memory struct {
	now     func() time.Time
	answers *lru.Cache[string, answer]
	asking  singleflight.Group
}

type answer struct {
	at    time.Time
	value any
}

func newMemory(now func() time.Time) *memory {
	answers, err := lru.New[string, answer](remembered)
	if err != nil {
		panic(err) // the size is a constant above 0
	}
	return &memory{now: now, answers: answers}
}

// recall answers a question from memory, or asks it: for whoever asks, once for all who ask at that time. Who
// asked first may leave; a failure is not kept.
func recall[T any](ctx context.Context, m *memory, question string, good time.Duration, ask func(ctx context.Context) (T, error)) (T, error) {
	if known, ok := m.answers.Get(question); ok && m.now().Sub(known.at) < good {
		return known.value.(T), nil
	}
	asked := m.asking.DoChan(question, func() (any, error) {
		at := m.now()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		value, err := ask(ctx)
		fault.Wrap(&err, "inquiry") // here, for those who wait share the error and must not write on it
		if err == nil {
			m.answers.Add(question, answer{at, value})
		}
		return value, err
	})
	select {
	case got := <-asked:
		value, _ := got.Val.(T)
		return value, got.Err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
