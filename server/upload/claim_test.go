package upload_test

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"citrus.cx/channel/ent/db/outboundattempt"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/upload"
)

// png is a file that passes, told from others by what follows its header.
func png(tail string) string { return "\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR" + tail }

// put keeps a file of a user's and gives its id.
func (w *world) put(userID, name, content string) string {
	w.t.Helper()
	row, err := w.files.Put(w.as(userID), name, strings.NewReader(content))
	if err != nil {
		w.t.Fatal(err)
	}
	return row.ID
}

// contents opens an attempt's files as package outbound does.
func (w *world) contents(attemptID string) (list []string) {
	w.t.Helper()
	files, err := w.files.Files(w.t.Context(), attemptID)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, f := range files {
		r, err := f.Open()
		if err != nil {
			w.t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if r.Close(); err != nil || int64(len(content)) != f.Size {
			w.t.Errorf("%s has %d bytes, %v, want %d", f.Name, len(content), err, f.Size)
		}
		list = append(list, f.Name+" "+f.ContentType+" "+strings.TrimPrefix(string(content), png("")))
	}
	return list
}

func TestFilesOfAMessage(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		a, b := w.put(w.alice, "a.png", png("a")), w.put(w.alice, "b.png", png("b"))
		if err := w.files.Check(t.Context(), w.alice, []string{b, a}); err != nil {
			t.Fatal(err)
		}
		attempt, err := w.claim(w.alice, b, a)
		if err != nil {
			t.Fatal(err)
		}
		if got := w.contents(attempt); !slices.Equal(got, []string{"b.png image/png b", "a.png image/png a"}) {
			t.Errorf("the message has %q", got)
		}
		again := func(what string) {
			t.Helper()
			refused(t, w.files.Check(t.Context(), w.alice, []string{a}), what+", asked", fault.InvalidState, "uploadIds")
			_, err := w.claim(w.alice, a)
			refused(t, err, what+", claimed", fault.InvalidState, "uploadIds")
		}
		for _, state := range []outboundattempt.State{outboundattempt.StatePENDING, outboundattempt.StateUNKNOWN, outboundattempt.StateSENT} {
			w.settle(attempt, state)
			again(string(state))
		}
		w.settle(attempt, outboundattempt.StateFAILED)
		next, err := w.claim(w.alice, a)
		if err != nil {
			t.Fatal(err)
		}
		if got := w.contents(next); !slices.Equal(got, []string{"a.png image/png a"}) {
			t.Errorf("after a failure the next message has %q", got)
		}
		again("sent with the next message")
	})
}

func TestFilesThatCannotGo(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		mine, his := w.put(w.alice, "a.png", png("")), w.put(w.bruno, "b.png", png(""))
		var seven []string
		for range upload.MaxFiles + 1 {
			seven = append(seven, w.put(w.alice, "c.png", png("")))
		}
		for _, c := range []struct {
			name string
			ids  []string
			code fault.Code
		}{
			{"seven", seven, fault.TooManyFiles},
			{"twice", []string{mine, mine}, fault.Invalid},
			{"another's", []string{mine, his}, fault.NotFound},
			{"unknown", []string{"upl_0"}, fault.NotFound},
			{"of another kind", []string{w.ticket}, fault.NotFound},
		} {
			refused(t, w.files.Check(t.Context(), w.alice, c.ids), c.name+", asked", c.code, "uploadIds")
			_, err := w.claim(w.alice, c.ids...)
			refused(t, err, c.name+", claimed", c.code, "uploadIds")
		}
		for _, ids := range [][]string{nil, {mine}, seven[:upload.MaxFiles]} {
			if err := w.files.Check(t.Context(), w.alice, ids); err != nil {
				t.Errorf("%d files: %v", len(ids), err)
			}
		}
		if attempt, err := w.claim(w.alice); err != nil || len(w.contents(attempt)) > 0 {
			t.Errorf("no files: %v", err)
		}
		// A database that was restored without its folder.
		if err := os.RemoveAll(w.path); err != nil {
			t.Fatal(err)
		}
		refused(t, w.files.Check(t.Context(), w.alice, []string{mine}), "without its bytes", fault.NotFound, "uploadIds")
	})
}

// Of two messages with the same files at the same moment one gets them all and the other none.
func TestTwoMessagesWithTheSameFiles(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for range 10 {
			a, b := w.put(w.alice, "a.png", png("")), w.put(w.alice, "b.png", png(""))
			var both sync.WaitGroup
			errs := make([]error, 2)
			for i, ids := range [][]string{{a, b}, {b, a}} {
				both.Go(func() { _, errs[i] = w.claim(w.alice, ids...) })
			}
			both.Wait()
			if (errs[0] == nil) == (errs[1] == nil) {
				t.Fatalf("%v and %v", errs[0], errs[1])
			}
			for _, err := range errs {
				if err != nil {
					refused(t, err, "the later one", fault.InvalidState, "uploadIds")
				}
			}
		}
	})
}

// left are the names of all that lies in the folder.
func (w *world) left() (names []string) {
	w.t.Helper()
	err := filepath.WalkDir(w.path, func(_ string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			names = append(names, entry.Name())
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	slices.Sort(names)
	return names
}
