package identity

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
)

func (b *bench) listen(tokens Tokens, dismissed func()) *Hold {
	b.t.Helper()
	h, ok := b.Listen(b.as(tokens), dismissed)
	if !ok {
		b.t.Fatal("not listed")
	}
	return h
}

func (b *bench) call() (changes int64) {
	b.t.Helper()
	changes, err := b.CallRoll(context.Background())
	if err != nil {
		b.t.Fatal(err)
	}
	return changes
}

func gone(h *Hold) bool {
	select {
	case <-h.Gone():
		return true
	default:
		return false
	}
}

// What was committed before a call of the roll shows after it.
func TestTheRollKnowsWhatWasCommitted(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		b := newBench(t, d)
		north, south := b.sector("norte"), b.sector("sul")
		b.user("boss@example.com", user.RoleADMIN)
		id := b.user("ana@example.com", user.RoleAGENT, north)
		update := func(version int, change UserChange) func() {
			return func() {
				if _, err := b.UpdateUser(b.ctx, id, version, change, ""); err != nil {
					t.Fatal(err)
				}
			}
		}
		changed := "another horse battery"
		supervisor := user.RoleSUPERVISOR
		tokens := b.signIn("ana@example.com")
		var dismissed atomic.Int64
		first, second := b.listen(tokens, func() { dismissed.Add(1) }), b.listen(tokens, func() { dismissed.Add(1) })
		other := b.listen(b.signIn("boss@example.com"), func() { t.Error("somebody else is sent away") })
		before := b.call()

		update(1, UserChange{SectorIDs: &[]string{south}})()
		if b.call() == before || !slices.Equal(first.Viewer().SectorIDs, []string{south}) || second.Viewer().Role != user.RoleAGENT {
			t.Errorf("moved, and the roll says %+v", first.Viewer())
		}
		if first.Changes() != 1 || other.Changes() != 0 {
			t.Errorf("changes of the moved one %d, of another %d", first.Changes(), other.Changes())
		}
		before = b.call()
		if b.call() != before {
			t.Error("a change where nobody changed")
		}
		for what, end := range map[string]func(Tokens){
			"sign-out": func(own Tokens) {
				if err := b.SignOut(b.as(own)); err != nil {
					t.Fatal(err)
				}
			},
			"a stolen token": func(own Tokens) {
				if _, err := b.Refresh(b.ctx, own.RefreshToken); err != nil {
					t.Fatal(err)
				}
				_, _ = b.Refresh(b.ctx, own.RefreshToken) // used again: refused
			},
		} {
			own := b.signIn("ana@example.com")
			h := b.listen(own, func() {})
			end(own)
			if b.call(); !gone(h) || gone(first) {
				t.Errorf("%s: gone %t, another session of the same user %t", what, gone(h), gone(first))
			}
			h.Leave()
		}
		second.Leave()
		second.Leave()
		update(2, UserChange{Role: &supervisor})() // ends the sessions: rights are another person's
		if b.call(); !gone(first) || dismissed.Load() != 1 {
			t.Errorf("a new role: gone %t, %d dismissed", gone(first), dismissed.Load())
		}
		h := b.listen(b.signIn("ana@example.com"), func() {})
		update(3, UserChange{Password: &changed})()
		if b.call(); !gone(h) {
			t.Error("a new password ends no session")
		}
		if gone(other) {
			t.Error("another user is gone")
		}
		other.Leave()
		if !b.roll.empty() {
			t.Error("somebody stands on the roll for ever")
		}
	})
}

// Who was authenticated before his rights changed, and listens after, is looked at by the next call.
func TestALateListenerIsLookedAt(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		b := newBench(t, d)
		b.user("boss@example.com", user.RoleADMIN)
		id := b.user("ana@example.com", user.RoleAGENT)
		ctx := b.as(b.signIn("ana@example.com"))
		if err := b.ArchiveUser(b.ctx, id, nil, ""); err != nil {
			t.Fatal(err)
		}
		b.call()
		h, ok := b.Listen(ctx, func() {})
		if !ok {
			t.Fatal("not listed")
		}
		if b.call(); !gone(h) {
			t.Error("archived, and still listening")
		}
		h.Leave()
		if _, ok := b.Listen(context.Background(), func() {}); ok {
			t.Error("nobody listens")
		}
	})
}

// A database that does not answer takes nothing away, and what it hid shows when it answers again.
func TestTheRollOfAFailingDatabase(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		b := newBench(t, d)
		id := b.user("ana@example.com", user.RoleAGENT)
		south := b.sector("sul")
		b.user("boss@example.com", user.RoleADMIN)
		tokens := b.signIn("ana@example.com")
		h := b.listen(tokens, func() {})
		b.call()
		var failing atomic.Value // the kind of query that fails
		failing.Store("")
		d.Reader.Intercept(db.InterceptFunc(func(next db.Querier) db.Querier {
			return db.QuerierFunc(func(ctx context.Context, q db.Query) (db.Value, error) {
				_, counter := q.(*db.CounterQuery)
				_, session := q.(*db.SessionQuery)
				if f := failing.Load(); f == "counter" && counter || f == "session" && session {
					return nil, errors.New("the database is away")
				}
				return next.Query(ctx, q)
			})
		}))
		for i, what := range []string{"counter", "session"} {
			sectors := [][]string{{south}, {}}[i]
			if _, err := b.UpdateUser(b.ctx, id, i+1, UserChange{SectorIDs: &sectors}, ""); err != nil {
				t.Fatal(err)
			}
			failing.Store(what)
			for range 2 {
				if _, err := b.CallRoll(b.ctx); err == nil || gone(h) || len(h.Viewer().SectorIDs) != i {
					t.Errorf("without %s: %v, gone %t, %v", what, err, gone(h), h.Viewer().SectorIDs)
				}
			}
			failing.Store("")
			if b.call(); !slices.Equal(h.Viewer().SectorIDs, sectors) {
				t.Errorf("after a failure of %s the roll says %v, want %v", what, h.Viewer().SectorIDs, sectors)
			}
		}
	})
}

// Calls that wait for another's look share the next one.
func TestCallsOfTheRollShareALook(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		b := newBench(t, d)
		b.user("boss@example.com", user.RoleADMIN)
		b.call()
		before := b.roll.begun.Load()
		const calls = 100
		var coming, all sync.WaitGroup
		b.roll.refreshing.Lock()
		for range calls {
			coming.Add(1)
			all.Go(func() {
				coming.Done()
				b.call()
			})
		}
		coming.Wait()
		b.roll.refreshing.Unlock()
		all.Wait()
		if looks := b.roll.begun.Load() - before; looks < 1 || looks > calls/2 {
			t.Errorf("%d calls at once took %d looks", calls, looks)
		}
	})
}

// Watch sends away within a second, also when the database fails meanwhile, whoever holds the session however often.
func TestWatchDismisses(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		b := newBench(t, d)
		b.user("ana@example.com", user.RoleAGENT)
		tokens := b.signIn("ana@example.com")
		ctx, stop := context.WithCancel(context.Background())
		var watch sync.WaitGroup
		watch.Go(func() { _ = b.Watch(ctx) })
		defer watch.Wait()
		defer stop()
		dismissed := make(chan struct{}, 2)
		for range 2 {
			h := b.listen(tokens, func() { dismissed <- struct{}{} })
			defer h.Leave()
		}
		if err := b.SignOut(b.as(tokens)); err != nil {
			t.Fatal(err)
		}
		limit := time.After(time.Second)
		for range 2 {
			select {
			case <-dismissed:
			case <-limit:
				t.Fatal("still here a second after signing out")
			}
		}
	})
}

// People come, change and go while the roll is called: nobody's last state is missed.
func TestTheRollInACrowd(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		b := newBench(t, d)
		sectors := []string{b.sector("norte"), b.sector("sul")}
		b.user("boss@example.com", user.RoleADMIN)
		const people = 6
		ids, tokens := make([]string, people), make([]Tokens, people)
		for i := range people {
			email := string(rune('a'+i)) + "@example.com"
			ids[i] = b.user(email, user.RoleAGENT, sectors[0])
			tokens[i] = b.signIn(email)
		}
		var all, callers sync.WaitGroup
		done := make(chan struct{})
		callers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					_, _ = b.CallRoll(b.ctx)
				}
			}
		})
		for i := range people {
			ctx := b.as(tokens[i])
			all.Go(func() {
				for round := range 8 {
					h, _ := b.Listen(ctx, func() {})
					want := sectors[(round+1)%2 : (round+1)%2+1]
					if _, err := b.UpdateUser(b.ctx, ids[i], round+1, UserChange{SectorIDs: &want}, ""); err != nil {
						t.Error(err)
					}
					if _, err := b.CallRoll(b.ctx); err != nil {
						t.Error(err)
					}
					if got := h.Viewer().SectorIDs; !slices.Equal(got, want) {
						t.Errorf("round %d: %v, want %v", round, got, want)
					}
					h.Leave()
				}
			})
		}
		all.Wait()
		close(done)
		callers.Wait()
		if !b.roll.empty() {
			t.Error("somebody stands on the roll for ever")
		}
	})
}
