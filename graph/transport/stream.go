package transport

import (
	"context"
	"sync"

	"github.com/vektah/gqlparser/v2/gqlerror"
)

type (
	lastEventIDKey struct{}
	failureKey     struct{}
)

// LastEventID is the Last-Event-ID header of the request, "" when it had none: the
// cursor of the last event that a reconnecting event stream saw. Sockets have
// none; their clients pass the cursor as an argument.
func LastEventID(ctx context.Context) string {
	id, _ := ctx.Value(lastEventIDKey{}).(string)
	return id
}

// Fail makes the subscription that ctx belongs to end with an error instead of a
// plain completion. A resolver calls it before it closes its channel; outside a
// subscription it does nothing. The error passes the executor's presenter.
func Fail(ctx context.Context, err error) {
	if f, ok := ctx.Value(failureKey{}).(*failure); ok && err != nil {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.errs = append(f.errs, gqlerror.Wrap(err))
	}
}

// failure is where Fail leaves what the end of the stream reports.
type failure struct {
	mu   sync.Mutex
	errs gqlerror.List
}

func withFailure(ctx context.Context) (context.Context, *failure) {
	f := &failure{}
	return context.WithValue(ctx, failureKey{}, f), f
}

func (f *failure) take() gqlerror.List {
	f.mu.Lock()
	defer f.mu.Unlock()
	errs := f.errs
	f.errs = nil
	return errs
}
