// Package quota owns the calls that Reclame Aqui allows a credential: some ten a minute for
// everything (rule S4). Whoever calls RA, a request of a token included, first enters here.
//
// # What it promises
//
// Never more than the limit in any sliding window of 60 s, for every integration and every process
// that shares the database: a call is committed to the credential's row before Enter returns, in
// one transaction that locks the row, reads it, decides and writes it. So a killed process has
// counted more than it called, never less. The window is widened by a margin, because RA's clock
// sees a call some time after ours. On PostgreSQL the time is the database's own, so that hosts
// whose clocks differ still share one window; on SQLite, which one host has to itself, it is ours.
//
// # Who goes first
//
// The lanes are Agent > Callback > Incremental > Backfill, first come first served inside a lane.
//
//   - A held share of the window is the agents': the other lanes go only while fewer than
//     limit − held calls, of whatever lane, are in the window. It is two calls, because a reply is
//     two: the complaint is read, then the answer posted.
//   - For three quarters of an hour after an agent's call, whichever process made it, callbacks leave one
//     call more and polls and backfill two more (of a small limit, half stays theirs): who answers
//     while the last reply's calls are still in the window finds a reply's calls free as well. Held
//     at all times two calls are too few at 10 a minute and 60 replies in 8 hours, where one reply in
//     a hundred then waits for more than 6 s, and four would cost the backfill a quarter of the night.
//   - Agents cannot shut the others out: when four agents' calls have passed while others wanted
//     one, the next call is theirs, out of the held share if need be. The agents may be another
//     process's.
//   - Nor can the others shut out each other: a lane that four calls of its neighbours have passed
//     goes before them. So three busy lanes get 3/5, 1/5 and 1/5 of what the agents leave.
//   - Who was turned away (TryEnter, or a deadline too near) and comes back at the moment he was
//     told, or up to 5 s later, has not lost his turn: a lower lane's is kept against the other
//     lower lanes, and an agent's where nothing is held, as with a limit of 1.
//
// # When
//
// After a rest (fewer calls in the last two windows than a lane may make in one) the lower lanes go at once:
// a first sync sends its first eight calls together. Under lasting demand they go evenly, one every
// window ÷ (limit − what they leave), because calls that left together come back together: an agent who needs
// one slot more than the held ones would wait for up to a minute instead of some seconds. One such
// interval of lateness is made up for. Agents are never paced.
//
// A 429 is news about the truth: RA has seen calls that we have not (another program with the same
// credential, another clock). The window is assumed full as of now; see Throttled.
//
// # What is durable and what is not
//
// Durable: the calls of the last two windows, when agents called last and how often in a row, how often each
// lower lane was passed by the others as of their last call, the limit, the block after a 429, the licence's dates. In
// memory: who waits, and since when. After a restart the lanes that were passed are expected for 5 s, as those that were
// turned away; a lane that agents kept waiting waits for up to four more of their calls.
// Processes do not see each other's queues: between them the held share speaks for the agents, the
// agents' calls in a row for the others, and the row's lock for the limit.
//
// The row is written with every call, so it is kept short: beyond 120 calls a minute those of half a
// second are one entry, which counts as made when the last of them was.
//
// It refuses to call RA, to know what a call is for, and to start goroutines: each waiter drives
// itself. Callers: the syncer and outbound (through the client they share), and the integration
// verbs that ask RA. Never enter inside a transaction: SQLite has one writer connection.
package quota

import (
	"sync"
	"time"

	"entgo.io/ent/dialect"

	"citrus.cx/channel/server/database"
)

// Lane says what a call is for; a lower value goes first.
type Lane int

// The lanes, first to last (rule S4). An admin's test or fetch of pages counts as an agent's action.
const (
	Agent Lane = iota
	Callback
	Incremental
	Backfill

	lanes = 4
)

// String names a lane for logs.
func (l Lane) String() string {
	switch l {
	case Agent:
		return "agent"
	case Callback:
		return "callback"
	case Incremental:
		return "incremental"
	case Backfill:
		return "backfill"
	}
	return "unknown"
}

// DefaultHeld is how many of a window's calls only agents may make when Options do not say.
const DefaultHeld = 2

// DefaultMore is how many more callbacks leave free while agents are at work; polls and backfill leave twice as many.
const DefaultMore = 1

// Options of New; the zero value is right for the product.
type Options struct {
	// Now is the clock. nil: the database's on PostgreSQL, the host's on SQLite.
	Now func() time.Time
	// After is the timer that waiters wait on. nil: time.After.
	After func(time.Duration) <-chan time.Time
	// DefaultLimit is the calls a minute until RA's token answer says how many. 0: 10.
	DefaultLimit int
	// Held is how many of the window's calls only agents may make, never more than the limit − 1.
	// 0: 2; negative: none.
	Held int
	// More is how many calls besides the held ones callbacks leave free while agents are at work;
	// polls and backfill leave twice as many. 0: 1; negative: none. Without a held share there is none.
	More int
	// Window is RA's. 0: 60 s.
	Window time.Duration
	// Margin widens the window. 0: 250 ms; negative: none.
	Margin time.Duration
}

// Budgets keeps the budgets of all credentials. It is safe for concurrent use.
type Budgets struct {
	d     *database.DB
	o     Options
	rules rules

	mu    sync.Mutex
	desks map[string]*desk
}

// New makes the budgets of a database. They own nothing that has to be closed.
func New(d *database.DB, o Options) *Budgets {
	if o.After == nil {
		o.After = time.After
	}
	if o.DefaultLimit <= 0 {
		o.DefaultLimit = 10
	}
	if o.Window <= 0 {
		o.Window = time.Minute
	}
	p := rules{window: o.Window + unset(o.Margin, 250*time.Millisecond), held: unset(o.Held, DefaultHeld), more: unset(o.More, DefaultMore)}
	if p.held == 0 {
		p.more = 0
	}
	return &Budgets{d: d, o: o, rules: p, desks: map[string]*desk{}}
}

// unset gives the default for 0 and 0 for a negative value.
func unset[T int | time.Duration](v, standard T) T {
	if v == 0 {
		return standard
	}
	return max(v, 0)
}

// desk gives the queue of a credential.
func (b *Budgets) desk(credential string) *desk {
	b.mu.Lock()
	defer b.mu.Unlock()
	k := b.desks[credential]
	if k == nil {
		k = &desk{}
		b.desks[credential] = k
	}
	return k
}

// local is the host's clock, for the deadlines of contexts.
func (b *Budgets) local() time.Time {
	if b.o.Now != nil {
		return b.o.Now()
	}
	return time.Now()
}

// asksDatabase says whether the time is the database's.
func (b *Budgets) asksDatabase() bool {
	return b.o.Now == nil && b.d.Dialect == dialect.Postgres
}
