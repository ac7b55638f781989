package callback

import (
	"context"
	"fmt"
	"testing"
	"time"

	"citrus.cx/channel/ent/db/callbacktoken"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
)

// The old URL works for the overlap, the new one at once, and a withdrawn one for two more seconds at most.
func TestRotation(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		r := serve(t, d)
		ctx := context.Background()
		expect := func(when, token string, want int) {
			t.Helper()
			for _, method := range []string{"POST", "GET"} {
				if got := r.status(t, method, token, `{"id":1}`); got != want {
					t.Errorf("%s: %s %s: %d, want %d", when, method, token, got, want)
				}
			}
		}
		expect("at first", token, 200)
		expect("before it exists", "new-token", 404)
		ends := r.now.Load().Add(time.Hour)
		d.Writer.CallbackToken.Update().Where(callbacktoken.Hash(Hash(token))).SetExpiresAt(ends).ExecX(ctx)
		r.addToken("new-token", nil)
		expect("at the rotation", token, 200)
		expect("at the rotation", "new-token", 200)
		r.pass(time.Hour - time.Second)
		expect("near the end of the overlap", token, 200)
		r.pass(time.Second)
		expect("after the overlap", token, 404) // the cache knows the end
		expect("after the overlap", "new-token", 200)
		d.Writer.CallbackToken.Delete().Where(callbacktoken.Hash(Hash("new-token"))).ExecX(ctx)
		r.pass(2 * time.Second)
		expect("withdrawn", "new-token", 404)
	})
}

func TestLastUseIsRecordedOnceAMinute(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		r := serve(t, d)
		// The committer records after it has answered; the second answer comes after the first record.
		deliver := func() time.Time {
			t.Helper()
			for range 2 {
				if got := r.status(t, "POST", token, "{}"); got != 200 {
					t.Fatalf("status %d", got)
				}
			}
			at := d.Reader.CallbackToken.Query().OnlyX(context.Background()).LastUsedAt
			if at == nil {
				t.Fatal("no use recorded")
			}
			return *at
		}
		first := *r.now.Load()
		for _, step := range []struct {
			pass time.Duration
			want time.Time
		}{
			{0, first},
			{59 * time.Second, first},
			{time.Second, first.Add(time.Minute)},
			{30 * time.Second, first.Add(time.Minute)},
		} {
			r.pass(step.pass)
			if got := deliver(); !got.Equal(step.want) {
				t.Errorf("after %v: %v, want %v", step.pass, got, step.want)
			}
		}
	})
}

// Strangers take no memory, and neither do more tokens than the bound.
func TestTokensInMemoryAreBounded(t *testing.T) {
	d := databasetest.Open(t, databasetest.SQLite(t), database.Options{})
	r := serve(t, d)
	tokens := r.handler.tokens
	for i := range 100 {
		if o, err := tokens.owner(context.Background(), Hash(fmt.Sprint("wrong", i))); o != nil || err != nil {
			t.Fatal(o, err)
		}
	}
	if len(tokens.known) != 0 {
		t.Errorf("%d wrong tokens in memory", len(tokens.known))
	}
	now := *r.now.Load()
	for i := range maxCached + 10 {
		tokens.remember(fmt.Sprint(i), &owner{believed: now.Add(cacheFor)}, now)
	}
	if len(tokens.known) != maxCached {
		t.Errorf("%d tokens in memory", len(tokens.known))
	}
	later := now.Add(cacheFor)
	tokens.remember("later", &owner{believed: later.Add(cacheFor)}, later)
	if len(tokens.known) != 1 {
		t.Errorf("%d tokens in memory after they were forgotten", len(tokens.known))
	}
}
