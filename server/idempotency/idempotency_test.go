package idempotency_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/idempotency"
)

const mutation = "createRegion"

// region is a piece of work that leaves a row.
func region(name string) func(context.Context, *db.Tx) (string, error) {
	return func(ctx context.Context, tx *db.Tx) (string, error) {
		row, err := tx.Region.Create().SetName(name).SetNameFolded(name).SetCode(name).SetCodeFolded(name).Save(ctx)
		if err != nil {
			return "", err
		}
		return row.ID, nil
	}
}

// Design rule 8: fifty repeats at once are one piece of work and one answer.
func TestFiftyAtOnceWorkOnce(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		var worked atomic.Int64
		var callers sync.WaitGroup
		ids := make([]string, 50)
		for i := range ids {
			callers.Go(func() {
				var err error
				ids[i], err = idempotency.Once(context.Background(), d, "usr_1", mutation, "k", "input", func(ctx context.Context, tx *db.Tx) (string, error) {
					id, err := region("sul")(ctx, tx)
					if err == nil {
						worked.Add(1)
					}
					return id, err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		callers.Wait()
		for _, id := range ids {
			if id == "" || id != ids[0] {
				t.Fatalf("answers %q and %q", ids[0], id)
			}
		}
		if n := d.Reader.Region.Query().CountX(context.Background()); n != 1 || worked.Load() != 1 {
			t.Errorf("%d rows, worked %d times", n, worked.Load())
		}
	})
}

func TestAKeyIsOneUsersForOneMutationAndInput(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		once := func(user, mutation, key string, input any, name string) (string, error) {
			return idempotency.Once(context.Background(), d, user, mutation, key, input, region(name))
		}
		first, err := once("usr_1", mutation, "k", []int{1}, "a")
		if err != nil {
			t.Fatal(err)
		}
		if again, err := once("usr_1", mutation, "k", []int{1}, "never"); err != nil || again != first {
			t.Errorf("a repeat: %s, %v", again, err)
		}
		if id, err := once("usr_1", mutation, "k", []int{2}, "never"); fault.CodeOf(err) != fault.IdempotencyKeyReused || id != "" {
			t.Errorf("other input: %s, %v", id, err)
		}
		for i, c := range []struct{ user, mutation, key string }{{"usr_2", mutation, "k"}, {"usr_1", "other", "k"}, {"usr_1", mutation, "l"}, {"usr_1", mutation, ""}, {"usr_1", mutation, ""}} {
			if id, err := once(c.user, c.mutation, c.key, []int{1}, fmt.Sprint("b", i)); err != nil || id == first {
				t.Errorf("%v: %s, %v", c, id, err)
			}
		}
		if n := d.Reader.Region.Query().CountX(context.Background()); n != 6 {
			t.Errorf("%d rows", n)
		}
		_, err = once("usr_1", mutation, strings.Repeat("k", idempotency.MaxKey+1), 1, "never")
		if list, _ := fault.All(err); len(list) != 1 || list[0].Code != fault.TooLong || list[0].Field[0] != "idempotencyKey" {
			t.Errorf("a long key: %v", err)
		}
		if _, err := once("usr_1", mutation, strings.Repeat("k", idempotency.MaxKey), 1, "longest"); err != nil {
			t.Errorf("the longest key: %v", err)
		}
	})
}

// Work that was rolled back is as if it had never been asked for.
func TestRolledBackWorkLeavesNoMemory(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		ctx, broken := context.Background(), errors.New("broken")
		_, err := idempotency.Once(ctx, d, "usr_1", mutation, "k", "input", func(ctx context.Context, tx *db.Tx) (string, error) {
			if _, err := region("sul")(ctx, tx); err != nil {
				return "", err
			}
			return "", broken
		})
		if !errors.Is(err, broken) {
			t.Fatal(err)
		}
		func() {
			defer func() { _ = recover() }()
			_, _ = idempotency.Once(ctx, d, "usr_1", mutation, "k", "input", func(context.Context, *db.Tx) (string, error) { panic("broken") })
		}()
		if done, err := idempotency.Done(ctx, d, "usr_1", mutation, "k", "other"); done || err != nil {
			t.Errorf("remembered: %t, %v", done, err)
		}
		if id, err := idempotency.Once(ctx, d, "usr_1", mutation, "k", "other", region("sul")); err != nil || id == "" {
			t.Errorf("%s, %v", id, err)
		}
	})
}

func TestDone(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		ctx := context.Background()
		if _, err := idempotency.Once(ctx, d, "usr_1", mutation, "k", "input", region("sul")); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			user, key, input string
			done             bool
			code             fault.Code
		}{
			{"usr_1", "k", "input", true, ""},
			{"usr_1", "k", "other", false, fault.IdempotencyKeyReused},
			{"usr_2", "k", "input", false, ""},
			{"usr_1", "l", "input", false, ""},
			{"usr_1", "", "input", false, ""},
		} {
			if done, err := idempotency.Done(ctx, d, c.user, mutation, c.key, c.input); done != c.done || fault.CodeOf(err) != c.code {
				t.Errorf("%+v: %t, %v", c, done, err)
			}
		}
	})
}

func TestHashTellsInputsApart(t *testing.T) {
	type input struct{ A, B string }
	seen := map[string]any{}
	for _, v := range []any{input{"a", "b"}, input{"ab", ""}, input{"", "ab"}, []string{"a", "b"}, []string{"ab"}, map[string]int{"a": 1}, "a", 1, nil} {
		h := idempotency.Hash(v)
		if other, ok := seen[h]; ok {
			t.Errorf("%v and %v are one", v, other)
		}
		seen[h] = v
	}
	if idempotency.Hash(map[string]int{"a": 1, "b": 2}) != idempotency.Hash(map[string]int{"b": 2, "a": 1}) {
		t.Error("the order of a map counts")
	}
}
