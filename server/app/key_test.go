package app

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"citrus.cx/channel/server/secret"
)

// Of processes that start at once in a new data folder one makes the key, and none reads half of it.
func TestOneKeyForAllWhoStartAtOnce(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	for range 20 {
		path := filepath.Join(t.TempDir(), "master.key")
		var all sync.WaitGroup
		keys := make([]string, 16)
		for i := range keys {
			all.Go(func() {
				var err error
				if keys[i], err = keyFile(path, log); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if _, err := secret.ParseKey(keys[0]); err != nil {
			t.Error(err)
		}
		for _, k := range keys {
			if k != keys[0] {
				t.Fatalf("two keys: %q and %q", k, keys[0])
			}
		}
		if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
}
