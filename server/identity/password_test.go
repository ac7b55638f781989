package identity

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
)

func TestPasswords(t *testing.T) {
	ctx := context.Background()
	h := newHasher(cheap)
	phc, err := h.hash(ctx, password)
	if err != nil {
		t.Fatal(err)
	}
	again, err := h.hash(ctx, password)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(phc, "$argon2id$v=19$m=64,t=1,p=1$") || phc == again {
		t.Errorf("hashes are %s and %s", phc, again)
	}
	for _, c := range []struct {
		name, phc, password string
		want                bool
	}{
		{"right", phc, password, true},
		{"right under another salt", again, password, true},
		{"wrong", phc, password + "x", false},
		{"empty", phc, "", false},
		{"nobody's", "", password, false},
		{"nobody's, with the decoy's", "", "a password that nobody has", false},
	} {
		if got, err := h.verify(ctx, c.phc, c.password); got != c.want || err != nil {
			t.Errorf("%s: got %v, %v", c.name, got, err)
		}
	}
}

func TestNeedsRehash(t *testing.T) {
	cost := newHasher(owasp)
	now := cost.make(password)
	if NeedsRehash(now) {
		t.Errorf("%s would be made again", now)
	}
	if cheap := newHasher(cheap).make(password); !NeedsRehash(cheap) {
		t.Errorf("%s would stay", cheap)
	}
	if !NeedsRehash("plain") {
		t.Error("what is no hash would stay")
	}
}

func TestParseHash(t *testing.T) {
	good := newHasher(cheap).make(password)
	h, err := parseHash(good)
	if err != nil || h.String() != good {
		t.Fatalf("%s came back as %s, %v", good, h, err)
	}
	salt, key := "c2FsdHNhbHRzYWx0c2FsdA", "a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5"
	for name, phc := range map[string]string{
		"empty":              "",
		"other algorithm":    "$argon2i$v=19$m=64,t=1,p=1$" + salt + "$" + key,
		"other version":      "$argon2id$v=16$m=64,t=1,p=1$" + salt + "$" + key,
		"no costs":           "$argon2id$v=19$$" + salt + "$" + key,
		"all the memory":     "$argon2id$v=19$m=4294967295,t=1,p=1$" + salt + "$" + key,
		"no passes":          "$argon2id$v=19$m=64,t=0,p=1$" + salt + "$" + key,
		"endless passes":     "$argon2id$v=19$m=64,t=4294967295,p=1$" + salt + "$" + key,
		"no lanes":           "$argon2id$v=19$m=64,t=1,p=0$" + salt + "$" + key,
		"too many lanes":     "$argon2id$v=19$m=64,t=1,p=256$" + salt + "$" + key,
		"salt is no base64":  "$argon2id$v=19$m=64,t=1,p=1$!!$" + key,
		"key is too short":   "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$a2V5",
		"something after it": "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$" + key + "$x",
	} {
		if _, err := parseHash(phc); !errors.Is(err, errHash) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestHashesWaitTheirTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHasher(cheap)
		for range cap(h.slots) {
			h.slots <- struct{}{}
		}
		ctx, cancel := context.WithCancel(context.Background())
		failed := make(chan error)
		go func() {
			_, err := h.verify(ctx, "", password)
			failed <- err
		}()
		synctest.Wait()
		select {
		case err := <-failed:
			t.Fatalf("it did not wait: %v", err)
		default:
		}
		cancel()
		if err := <-failed; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		<-h.slots
		if _, err := h.hash(context.Background(), password); err != nil {
			t.Errorf("with a free slot: %v", err)
		}
	})
}
