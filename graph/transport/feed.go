package transport

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Answer is one answer of a Feed.
type Answer struct {
	// Response is what was executed, nil at the end.
	Response *graphql.Response
	// JSON is Response as it travels, made once for all who get it.
	JSON []byte
	// End says that nothing follows; with Errors the subscription has failed, without it is complete.
	End    bool
	Errors gqlerror.List
}

// Encode makes an answer of a response.
func Encode(r *graphql.Response) Answer { return Answer{Response: r, JSON: appendResponse(nil, r)} }

// Feed is a subscription whose answers are made elsewhere, for many subscribers at once: it
// costs its socket no goroutine, and is asked only when the client has room for more.
type Feed interface {
	// Next gives the next answer; ok is false when there is none at present. It may take as long as
	// an execution takes, and is called by one goroutine at a time.
	Next() (a Answer, ok bool)
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
		return one(s.Exec.DispatchError(graphql.WithOperationContext(ctx, op), gqlerror.List{gqlerror.Wrap(err)})), true
	}
	if feed == nil {
		return nil, false
	}
	ended := false
	return func() *graphql.Response {
		for !ended {
			a, ok := feed.Next()
			switch {
			case ok && a.End:
				ended = true
				feed.Close()
				if len(a.Errors) > 0 {
					return s.Exec.DispatchError(graphql.WithOperationContext(ctx, op), a.Errors)
				}
			case ok:
				return a.Response
			default:
				select {
				case <-woken:
				case <-ctx.Done():
					ended = true
					feed.Close()
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
