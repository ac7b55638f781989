package upload_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/upload"
)

func (w *world) sweep() {
	w.t.Helper()
	if err := w.files.Sweep(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func TestSweep(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		draft, sent := w.put(w.alice, "a.png", png("")), w.put(w.alice, "b.png", png(""))
		attempt, err := w.claim(w.alice, sent)
		if err != nil {
			t.Fatal(err)
		}
		// What a crash leaves: bytes without a row, and half a file. And what somebody put there by hand.
		orphan := schema.NewID(schema.PrefixUpload)
		if err := w.folder.Put(t.Context(), orphan, strings.NewReader("x"), func(io.ReaderAt, int64) error { return nil }); err != nil {
			t.Fatal(err)
		}
		remnant := orphan + ".part"
		for _, name := range []string{remnant, "README"} {
			if err := os.WriteFile(filepath.Join(filepath.Dir(w.find(orphan)), name), []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		has := func(when string, want ...string) {
			t.Helper()
			w.sweep()
			slices.Sort(want)
			if got := w.left(); !slices.Equal(got, want) {
				t.Errorf("%s: %q, want %q", when, got, want)
			}
		}
		has("at once", draft, sent, orphan, remnant, "README")
		w.advance(61 * time.Minute)
		has("after an hour", draft, sent, "README")
		w.advance(22 * time.Hour)
		has("within the day", draft, sent, "README")
		w.advance(2 * time.Hour)
		has("after a day", sent, "README")
		refused(t, w.files.Check(t.Context(), w.alice, []string{draft}), "the draft", fault.NotFound, "uploadIds")

		w.advance(upload.KeepSent - 26*time.Hour)
		has("within 90 days", sent, "README")
		w.advance(2 * time.Hour)
		has("after 90 days", "README")
		if files, err := w.files.Files(t.Context(), attempt); err != nil || len(files) != 1 || files[0].Name != "b.png" {
			t.Errorf("what was sent is still known: %v, %v", files, err)
		}
		if _, _, err := w.files.Open(w.as(w.alice), sent); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("what is no longer kept: %v", err)
		}
	})
}

// find gives the path of something in the folder.
func (w *world) find(name string) string {
	w.t.Helper()
	found, err := filepath.Glob(filepath.Join(w.path, "*", name))
	if err != nil || len(found) != 1 {
		w.t.Fatalf("%s is at %q, %v", name, found, err)
	}
	return found[0]
}

// The folder and what is in it are the product's user's alone.
func TestFolderIsPrivate(t *testing.T) {
	w := office(t)
	path := w.find(w.put(w.alice, "a.png", png("")))
	for path, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700 | os.ModeDir} {
		if info, err := os.Stat(path); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

// No id leads out of the folder.
func TestIdsThatAreNone(t *testing.T) {
	w := office(t)
	for _, id := range []string{"", ".", "..", "../world", "upl_../x", "upl_a/b", "/etc/passwd", "upl_a.part.part", "upl_\x00"} {
		if _, err := w.folder.Open(t.Context(), id); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q is opened: %v", id, err)
		}
		err := w.folder.Put(t.Context(), id, strings.NewReader("x"), func(io.ReaderAt, int64) error { return nil })
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q is kept: %v", id, err)
		}
	}
	if left := w.left(); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

// Who has very much here that he did not send waits until it is swept; what he sent does not count.
func TestTooMuchUnsent(t *testing.T) {
	w := office(t)
	for range 99 {
		w.put(w.alice, "a.png", png(""))
	}
	last := w.put(w.alice, "a.png", png(""))
	_, err := w.files.Put(w.as(w.alice), "a.png", strings.NewReader(png("")))
	refused(t, err, "the 101st", fault.TooManyRequests, "file")
	if list, _ := fault.All(err); list[0].RetryAfter < 24*time.Hour || list[0].RetryAfter > 25*time.Hour {
		t.Errorf("again after %s", list[0].RetryAfter)
	}
	w.put(w.bruno, "a.png", png(""))
	if _, err := w.claim(w.alice, last); err != nil {
		t.Fatal(err)
	}
	w.put(w.alice, "a.png", png(""))
}

func TestTooManyAtOnce(t *testing.T) {
	w := office(t)
	var coming sync.WaitGroup
	var ends []*io.PipeWriter
	for range 2 * upload.MaxFiles {
		r, end := io.Pipe()
		coming.Go(func() {
			if _, err := w.files.Put(w.as(w.alice), "a.png", r); err != nil {
				t.Error(err)
			}
		})
		if _, err := end.Write([]byte(png(""))); err != nil { // returns when it is being read
			t.Fatal(err)
		}
		ends = append(ends, end)
	}
	_, err := w.files.Put(w.as(w.alice), "a.png", strings.NewReader(png("")))
	refused(t, err, "the 13th", fault.TooManyRequests, "file")
	w.put(w.bruno, "a.png", png(""))
	for _, end := range ends {
		end.Close()
	}
	coming.Wait()
	w.put(w.alice, "a.png", png(""))
}
