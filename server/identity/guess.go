package identity

import (
	"container/list"
	"crypto/sha256"
	"sync"
	"time"

	"citrus.cx/channel/server/fault"
)

// A password may be tried this often for one e-mail within the window; then the e-mail rests.
const (
	maxGuesses  = 10
	guessWindow = 15 * time.Minute
)

// maxGuessed bounds the memory: so many e-mails are remembered, about 350 bytes each. To
// have one forgotten early an attacker must make as many failing sign-ins for others first,
// at the pace of the hashes.
const maxGuessed = 10_000

// guesses slows down the guessing of passwords. It counts by e-mail, known or not, so that
// it says nothing of who exists; in this process alone, since it bounds a rate and no more.
type guesses struct {
	now   func() time.Time
	limit int

	mu     sync.Mutex
	byUser map[[sha256.Size]byte]*list.Element
	order  *list.List // of *tries; the one tried last in front
}

// tries are those of one e-mail, which is kept as a hash: its size is fixed, and a memory dump names nobody.
type tries struct {
	key [sha256.Size]byte
	at  []time.Time // oldest first
}

func newGuesses(now func() time.Time, limit int) *guesses {
	return &guesses{now: now, limit: limit, byUser: map[[sha256.Size]byte]*list.Element{}, order: list.New()}
}

// try counts an attempt before it is made, so that many at once are counted too. It refuses
// with TooManyRequests while the e-mail rests; a refused attempt does not count.
func (g *guesses) try(email string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	t := g.of(sha256.Sum256([]byte(email)))
	for len(t.at) > 0 && !t.at[0].Add(guessWindow).After(now) {
		t.at = t.at[1:]
	}
	if len(t.at) >= maxGuesses {
		return fault.New(fault.TooManyRequests).After(t.at[0].Add(guessWindow).Sub(now))
	}
	t.at = append(t.at, now)
	return nil
}

// forget is called after a right password.
func (g *guesses) forget(email string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	key := sha256.Sum256([]byte(email))
	if e, ok := g.byUser[key]; ok {
		g.order.Remove(e)
		delete(g.byUser, key)
	}
}

// of finds or makes the tries of a key and puts them in front, at the cost of those tried longest ago.
func (g *guesses) of(key [sha256.Size]byte) *tries {
	if e, ok := g.byUser[key]; ok {
		g.order.MoveToFront(e)
		return e.Value.(*tries)
	}
	for g.order.Len() >= g.limit {
		oldest := g.order.Back()
		g.order.Remove(oldest)
		delete(g.byUser, oldest.Value.(*tries).key)
	}
	t := &tries{key: key}
	g.byUser[key] = g.order.PushFront(t)
	return t
}
