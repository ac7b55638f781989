package identity

import (
	"container/list"
	"context"
	"crypto/sha256"
	"sync"
	"time"

	"citrus.cx/channel/server/fault"
)

// A password may be tried this often for one e-mail within the window: from one address, and from all of them
// together. The first keeps a stranger from locking somebody out, the second a crowd from guessing on.
const (
	maxGuesses  = 10
	maxOfEmail  = 10 * maxGuesses
	guessWindow = 15 * time.Minute
)

// maxGuessed bounds the memory: so many counts are kept, 3 kB each at most. To have one
// forgotten early an attacker must make as many failing sign-ins for others first, at the pace
// of the hashes.
const maxGuessed = 20_000

type addressKey struct{}

// FromAddress says where a request comes from, as the edge knows it; "" is one address like any other.
func FromAddress(ctx context.Context, address string) context.Context {
	return context.WithValue(ctx, addressKey{}, address)
}

// guesses slows down the guessing of passwords. It counts by e-mail, known or not, so that
// it says nothing of who exists; in this process alone, since it bounds a rate and no more.
type guesses struct {
	now   func() time.Time
	limit int

	mu    sync.Mutex
	byKey map[[sha256.Size]byte]*list.Element
	order *list.List // of *tries; the one tried last in front
}

// tries are those of one e-mail, from one address or from all. Its key is a hash: its size is fixed, and a memory
// dump names nobody.
type tries struct {
	key [sha256.Size]byte
	at  []time.Time // oldest first
}

func newGuesses(now func() time.Time, limit int) *guesses {
	return &guesses{now: now, limit: limit, byKey: map[[sha256.Size]byte]*list.Element{}, order: list.New()}
}

func keysOf(ctx context.Context, email string) (here, all [sha256.Size]byte) {
	address, _ := ctx.Value(addressKey{}).(string)
	return sha256.Sum256([]byte(email + "\x00" + address)), sha256.Sum256([]byte(email))
}

// try counts an attempt before it is made, so that many at once are counted too. It refuses
// with TooManyRequests while the e-mail rests; a refused attempt does not count.
func (g *guesses) try(ctx context.Context, email string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	hereKey, allKey := keysOf(ctx, email)
	here, all := g.of(hereKey), g.of(allKey)
	if wait := max(here.rest(now, maxGuesses), all.rest(now, maxOfEmail)); wait > 0 {
		return fault.New(fault.TooManyRequests).After(wait)
	}
	here.at, all.at = append(here.at, now), append(all.at, now)
	return nil
}

// rest is how long nothing may be tried, 0 when something may.
func (t *tries) rest(now time.Time, most int) time.Duration {
	for len(t.at) > 0 && !t.at[0].Add(guessWindow).After(now) {
		t.at = t.at[1:]
	}
	if len(t.at) < most {
		return 0
	}
	return t.at[0].Add(guessWindow).Sub(now)
}

// forget is called after a right password: what was tried from its address before was its owner's, and what
// others try still counts.
func (g *guesses) forget(ctx context.Context, email string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	here, all := keysOf(ctx, email)
	if e, ok := g.byKey[all]; ok {
		t, own := e.Value.(*tries), 0
		if e, ok := g.byKey[here]; ok {
			own = len(e.Value.(*tries).at)
		}
		t.at = t.at[:max(len(t.at)-own, 0)]
	}
	if e, ok := g.byKey[here]; ok {
		g.order.Remove(e)
		delete(g.byKey, here)
	}
}

// of finds or makes the tries of a key and puts them in front, at the cost of those tried longest ago.
func (g *guesses) of(key [sha256.Size]byte) *tries {
	if e, ok := g.byKey[key]; ok {
		g.order.MoveToFront(e)
		return e.Value.(*tries)
	}
	for g.order.Len() >= g.limit {
		oldest := g.order.Back()
		g.order.Remove(oldest)
		delete(g.byKey, oldest.Value.(*tries).key)
	}
	t := &tries{key: key}
	g.byKey[key] = g.order.PushFront(t)
	return t
}
