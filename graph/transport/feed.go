package transport

import (
	"context"
	"errors"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Answer is one answer of a Feed.
type Answer struct {
	// Response is what was executed.
	Response *graphql.Response
	// JSON is Response as it travels, made once for all who get it; nil at the end.
	JSON []byte
	// End says that nothing follows. With a Response the subscription has failed, and its errors say why; else it is complete.
	End bool
	// More says that the next answer may be there already. Without it, nothing is asked before the feed wakes its socket.
	More bool
}

// Refused is the error of a Host whose errors are worded already.
type Refused gqlerror.List

// Error is what they say.
func (r Refused) Error() string { return gqlerror.List(r).Error() }

// refusal words why a host takes an operation not.
func (s *Server) refusal(ctx context.Context, op *graphql.OperationContext, err error) *graphql.Response {
	if worded := (Refused)(nil); errors.As(err, &worded) {
		return &graphql.Response{Errors: gqlerror.List(worded)}
	}
	return s.Exec.DispatchError(graphql.WithOperationContext(ctx, op), gqlerror.List{gqlerror.Wrap(err)})
}

// Encode makes an answer of a response.
func Encode(r *graphql.Response) Answer { return Answer{Response: r, JSON: appendResponse(nil, r)} }

// Feed is a subscription whose answers are made elsewhere, for many subscribers at once: it
// costs its socket no goroutine, and is asked only when the client has room for more.
type Feed interface {
	// Next gives the next answer; ok is false when there is none at present. It may take as long as
	// an execution takes, and is called by one goroutine at a time.
	Next() (a Answer, ok bool)
	// Ready says whether Next has nothing to execute or to read at present, so that who asks for many may ask.
	Ready() bool
	// Close ends the subscription; nothing is asked after it. It never blocks.
	Close()
}

// Host offers a subscription to whoever feeds many at once. wake is to be called, from any
// goroutine and as often as one likes, when Next has something to give. A nil feed with a nil
// error means that the operation is executed by itself, like any other.
type Host func(ctx context.Context, op *graphql.OperationContext, wake func()) (Feed, error)

// pulled is a feed as a source, for streams, which have a goroutine of their own.
func (s *Server) pulled(ctx context.Context, op *graphql.OperationContext) (source, bool) {
	woken := make(chan struct{}, 1)
	feed, err := s.hosted(ctx, op, func() {
		select {
		case woken <- struct{}{}:
		default:
		}
	})
	if err != nil {
		return one(s.refusal(ctx, op, err)), true
	}
	if feed == nil {
		return nil, false
	}
	// A stream that its client leaves asks no more: its feed ends with its context.
	release := context.AfterFunc(ctx, feed.Close)
	ended := false
	return func() *graphql.Response {
		for !ended {
			a, ok := feed.Next()
			switch {
			case ok && a.End:
				ended = true
				if release() {
					feed.Close()
				}
				return a.Response
			case ok:
				return a.Response
			default:
				select {
				case <-woken:
				case <-ctx.Done():
					ended = true
				}
			}
		}
		return nil
	}, true
}

// hosted asks the host, if there is one and the operation is a subscription.
func (s *Server) hosted(ctx context.Context, op *graphql.OperationContext, wake func()) (Feed, error) {
	if s.Host == nil || op.Operation.Operation != "subscription" {
		return nil, nil
	}
	return s.Host(graphql.WithOperationContext(ctx, op), op, wake)
}
