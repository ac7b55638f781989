package reclameaqui

import (
	"context"
	"sync"
	"time"
)

// queueGrace is how long a second caller waits for the first to pass the Gate before it queues there too. Long enough not
// to take two calls of a free budget for one token, short enough that an agent does not wait behind a backfill's place in
// the queue: callers may stand in different lanes, and whoever is let in first asks for the token that all use.
const queueGrace = 100 * time.Millisecond

// issue shares one token request among all that need a token.
type issue struct {
	mu       sync.Mutex
	round    *round
	last     Token
	rejected Secret // the token that RA last answered 401 to
}

// round is one token request, from the first who needs it to the answer.
type round struct {
	entered context.Context // done once somebody passed the Gate
	enter   context.CancelFunc
	taken   bool // guarded by issue.mu, as members is
	members int
	done    chan struct{}

	// Written before done is closed.
	token     Token
	err       error
	abandoned bool // the asker's own context ended: this says nothing about RA
}

// issueOf finds the issue that the Clients of a store share.
func issueOf(store TokenStore) *issue {
	if m, ok := store.(*MemoryTokens); ok {
		return &m.issue
	}
	return &issue{}
}

// token returns a usable token, waiting for the Gate and for RA if there is none.
func (c *Client) token(ctx context.Context) (Token, error) {
	for {
		if t, ok := c.tokens.Load(ctx); ok && c.issue.usable(t, c.now()) {
			return t, nil
		}
		r, first, t := c.issue.join(c.now())
		if r == nil {
			return t, nil
		}
		lead, err := c.issue.pass(ctx, r, first, c.gate.Enter)
		if err != nil {
			c.issue.leave(r)
			return Token{}, notLetIn(opToken, err)
		}
		if lead {
			return c.lead(ctx, r)
		}
		select {
		case <-r.done:
		case <-ctx.Done():
			return Token{}, &Error{Op: opToken, Kind: KindUnavailable, Cause: ctx.Err()}
		}
		if !r.abandoned {
			return r.token, r.err
		}
	}
}

// lead asks RA and tells the others in the round.
func (c *Client) lead(ctx context.Context, r *round) (Token, error) {
	r.abandoned = true // stands if asking panics
	defer c.issue.finish(r)
	t, err := c.requestToken(ctx)
	r.token, r.err, r.abandoned = t, err, err != nil && ctx.Err() != nil
	return t, err
}

// usable says whether a token is good by our clock and RA has not refused it. It remembers the licence that comes with it.
func (i *issue) usable(t Token, now time.Time) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.last.AccessToken == "" {
		i.last = t
	}
	return i.good(t, now)
}

func (i *issue) good(t Token, now time.Time) bool {
	return t.AccessToken != "" && t.AccessToken != i.rejected && now.Before(t.ExpiresAt)
}

// join enters the round under way or opens one. There is no round when one has just ended well: then its token is returned.
func (i *issue) join(now time.Time) (r *round, first bool, t Token) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.good(i.last, now) {
		return nil, false, i.last
	}
	if i.round != nil {
		i.round.members++
		return i.round, false, Token{}
	}
	ctx, cancel := context.WithCancel(context.Background())
	i.round = &round{entered: ctx, enter: cancel, members: 1, done: make(chan struct{})}
	return i.round, true, Token{}
}

// pass waits until this caller is let in, then it leads, or another member of the round is, then it does not.
func (i *issue) pass(ctx context.Context, r *round, first bool, enter func(context.Context) error) (lead bool, err error) {
	if !first {
		grace := time.NewTimer(queueGrace)
		defer grace.Stop()
		select {
		case <-r.entered.Done():
			return false, nil
		case <-ctx.Done():
			return false, ctx.Err()
		case <-grace.C:
		}
	}
	queue, leave := context.WithCancel(ctx)
	defer leave()
	defer context.AfterFunc(r.entered, leave)()
	err = enter(queue)
	if err != nil && r.entered.Err() != nil && ctx.Err() == nil {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if r.taken {
		return false, nil
	}
	r.taken = true
	r.enter()
	return true, nil
}

// leave forgets a round whose last member gave up before anybody was let in.
func (i *issue) leave(r *round) {
	i.mu.Lock()
	defer i.mu.Unlock()
	r.members--
	if r.members == 0 && !r.taken {
		r.enter()
		i.round = nil
	}
}

// finish closes a round and keeps what it brought.
func (i *issue) finish(r *round) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if r.err == nil && !r.abandoned {
		i.last = r.token
		if i.rejected == r.token.AccessToken {
			i.rejected = "" // RA gives out the same one again, so now it is good
		}
	}
	i.round = nil
	close(r.done)
}

// reject marks a token that RA answered 401 to, so that no Client of this issue uses it again.
func (i *issue) reject(t Token) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.rejected = t.AccessToken
}

// licence returns the last token known, for its licence dates.
func (i *issue) licence() Token {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.last
}
