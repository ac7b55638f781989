package reclameaqui

import (
	"context"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"
)

// noise is a file of bytes that differ from each other and cost no memory.
type noise struct {
	left   int64
	at     byte
	closed chan<- struct{}
	sum    hash.Hash
}

func (n *noise) Read(p []byte) (int, error) {
	if n.left == 0 {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), n.left)]
	for i := range p {
		p[i] = n.at
		n.at += 7
	}
	n.left -= int64(len(p))
	_, _ = n.sum.Write(p)
	return len(p), nil
}

func (n *noise) Close() error { n.closed <- struct{}{}; return nil }

// awaitClosed waits for so many files to be closed: the transport may do so after the call has returned.
func awaitClosed(t *testing.T, closed <-chan struct{}, n int32) {
	t.Helper()
	patience := time.After(10 * time.Second)
	for i := range n {
		select {
		case <-closed:
		case <-patience:
			t.Fatalf("%d of %d files were closed", i, n)
		}
	}
	equal(t, "closed once more", len(closed), 0)
}

// receiver is an RA that takes a file in pieces, and tells what it got.
type receiver struct {
	*httptest.Server
	declared, got int64
	sum           hash.Hash
	broken        error
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{sum: sha256.New()}
	r.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		r.declared = req.ContentLength
		form, err := req.MultipartReader()
		for p := (*multipart.Part)(nil); err == nil; {
			if p, err = form.NextPart(); err == nil && p.FormName() == "file" {
				r.got, err = io.Copy(r.sum, p)
			}
		}
		r.broken = err
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) client(opts ...Option) *Client {
	tokens := NewMemoryTokens()
	tokens.Save(context.Background(), Token{AccessToken: "a", ExpiresAt: noon.Add(time.Hour)})
	return New(r.URL, Credentials{}, append(opts, WithTokens(tokens), at(noon))...)
}

// TestAFileIsStreamed sends far more than the product allows, so that a body held in memory could not hide.
func TestAFileIsStreamed(t *testing.T) {
	for name, size := range map[string]int64{"2.9 MB": 2_900_000, "64 MiB": 64 << 20} {
		t.Run(name, func(t *testing.T) {
			ra, sent := newReceiver(t), sha256.New()
			var opened atomic.Int32
			closed := make(chan struct{}, 10)
			file := File{Name: "anexo.pdf", ContentType: "application/pdf", Size: size, Open: func() (io.ReadCloser, error) {
				opened.Add(1)
				return &noise{left: size, closed: closed, sum: sent}, nil
			}}
			client := ra.client()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := client.SendPrivateMessage(t.Context(), PrivateMessage{ComplaintID: 1, Text: "Segue", Email: "a@example.com", Files: []File{file}})
			runtime.ReadMemStats(&after)
			if err != nil {
				t.Fatalf("got %v, cause %v", err, errors.Unwrap(err))
			}
			ra.Close()
			equal(t, "arrived", ra.got, size)
			equal(t, "whole", errors.Is(ra.broken, io.EOF), true)
			equal(t, "the same bytes", string(ra.sum.Sum(nil)), string(sent.Sum(nil)))
			equal(t, "length is declared", ra.declared > size && ra.declared < size+1000, true)
			equal(t, "opened", opened.Load(), 1)
			awaitClosed(t, closed, 1)
			allocated := after.TotalAlloc - before.TotalAlloc
			t.Logf("%d kB allocated by both sides", allocated/1000)
			if allocated > 10_000_000 {
				t.Errorf("%d bytes allocated", allocated)
			}
		})
	}
}

// TestAFileThatIsNotAsDescribed: whatever is found before the call is a no, whatever breaks it off is unknown, and never does RA get a
// whole post with half a file in it.
func TestAFileThatIsNotAsDescribed(t *testing.T) {
	onDisk := filepath.Join(t.TempDir(), "recibo.pdf")
	if err := os.WriteFile(onDisk, []byte("seven b"), 0o600); err != nil {
		t.Fatal(err)
	}
	reads := func(text string, how ...func(io.Reader) io.Reader) func() (io.ReadCloser, error) {
		return func() (io.ReadCloser, error) {
			r := io.Reader(strings.NewReader(text))
			for _, f := range how {
				r = f(r)
			}
			return io.NopCloser(r), nil
		}
	}
	thenFails := func(err error) func(io.Reader) io.Reader {
		return func(r io.Reader) io.Reader { return io.MultiReader(r, iotest.ErrReader(err)) }
	}
	disk := func(name string) func() (io.ReadCloser, error) {
		return func() (io.ReadCloser, error) { return os.Open(name) }
	}
	for name, c := range map[string]struct {
		file File
		want PostOutcome
		is   error
	}{
		"no name":            {File{Size: 1, Open: reads("a")}, Rejected, errFileFields},
		"no way to open":     {File{Name: "a", Size: 1}, Rejected, errFileFields},
		"negative size":      {File{Name: "a", Size: -1, Open: reads("a")}, Rejected, errFileFields},
		"gone":               {File{Name: "a", Size: 1, Open: disk(onDisk + "x")}, Rejected, fs.ErrNotExist},
		"on disk, too short": {File{Name: "a", Size: 8, Open: disk(onDisk)}, Rejected, errFileSize},
		"on disk, too long":  {File{Name: "a", Size: 6, Open: disk(onDisk)}, Rejected, errFileSize},
		"ends too early":     {File{Name: "a", Size: 200_000, Open: reads("seven b")}, Unknown, errFileSize},
		"ends far in":        {File{Name: "a", Size: 200_001, Open: reads(strings.Repeat("a", 200_000))}, Unknown, errFileSize},
		"goes on too long":   {File{Name: "a", Size: 6, Open: reads("seven b")}, Unknown, errFileSize},
		"cannot be read":     {File{Name: "a", Size: 6, Open: reads("", thenFails(fs.ErrPermission))}, Unknown, fs.ErrPermission},
		"breaks at its end":  {File{Name: "a", Size: 1, Open: reads("a", thenFails(fs.ErrClosed))}, Unknown, fs.ErrClosed},
		"as described":       {File{Name: "a", Size: 7, Open: disk(onDisk)}, Accepted, nil},
		"in single bytes":    {File{Name: "a", Size: 7, Open: reads("seven b", iotest.OneByteReader)}, Accepted, nil},
		"end with the last":  {File{Name: "a", Size: 7, Open: reads("seven b", iotest.DataErrReader)}, Accepted, nil},
		"empty":              {File{Name: "a", Size: 0, Open: reads("")}, Accepted, nil},
		"said to be empty":   {File{Name: "a", Size: 0, Open: reads("a")}, Unknown, errFileSize},
	} {
		for _, p := range []aPost{posts[1], posts[4]} {
			t.Run(p.op+"/"+name, func(t *testing.T) {
				ra, gate := newReceiver(t), &gateLog{}
				err := p.make(t.Context(), ra.client(WithGate(gate)), 1, textFile("first.csv", "text/csv", "a,b"), c.file)
				equal(t, "outcome", Outcome(err), c.want)
				ra.Close()
				equal(t, "RA has a whole post", errors.Is(ra.broken, io.EOF) && !errors.Is(ra.broken, io.ErrUnexpectedEOF), c.want == Accepted)
				if c.want == Accepted {
					return
				}
				e := mustFail(t, err)
				equal(t, "kind", e.Kind, KindFile)
				equal(t, "retry", e.Retry(), RetryNever)
				equal(t, "sent", e.Sent, c.want == Unknown)
				equal(t, "calls of the budget", gate.entered > 0, c.want == Unknown)
				if !errors.Is(err, c.is) {
					t.Errorf("%v does not wrap %v", e.Cause, c.is)
				}
			})
		}
	}
}

// TestFilesAreClosed counts opens and closes over calls that end in every way.
func TestFilesAreClosed(t *testing.T) {
	full := errors.New("no call left")
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		opts   []Option
		other  *File
		opened int32
	}{
		"accepted":           {says(200, ""), nil, nil, 1},
		"refused":            {says(409, `{"code":4098}`), nil, nil, 1},
		"a new token":        {turns(says(401, ""), says(200, "")), nil, nil, 2},
		"dropped":            {drops, nil, nil, 1},
		"no call left":       {says(200, ""), []Option{WithGate(&gateLog{failFrom: 2, fail: full})}, nil, 1},
		"another is missing": {says(200, ""), nil, &File{Name: "a", Size: 1, Open: func() (io.ReadCloser, error) { return nil, fs.ErrNotExist }}, 1},
		"another is short":   {says(200, ""), nil, &File{Name: "a", Size: 9, Open: textFile("", "", "a").Open}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.answer)
			var opened atomic.Int32
			closed := make(chan struct{}, 10)
			files := []File{{Name: "a.csv", Size: 30_000, Open: func() (io.ReadCloser, error) {
				opened.Add(1)
				return &noise{left: 30_000, closed: closed, sum: sha256.New()}, nil
			}}}
			if c.other != nil {
				files = append(files, *c.other)
			}
			_ = w.client(c.opts...).RequestModeration(t.Context(), ModerationRequest{ComplaintID: 1, Reason: 5, Text: "x", Files: files})
			equal(t, "opened", opened.Load(), c.opened)
			awaitClosed(t, closed, c.opened)
		})
	}
}

// TestALargeFileIsNotReadPastARefusal: RA may say no before it has read the file, and the no counts.
func TestALargeFileIsNotReadPastARefusal(t *testing.T) {
	ra := httptest.NewServer(http.HandlerFunc(func(res http.ResponseWriter, _ *http.Request) {
		res.WriteHeader(http.StatusConflict)
		_, _ = io.WriteString(res, `{"code":40922}`)
	}))
	defer ra.Close()
	closed := make(chan struct{}, 1)
	const size = 2_900_000
	file := File{Name: "a.mp3", Size: size, Open: func() (io.ReadCloser, error) {
		return &noise{left: size, closed: closed, sum: sha256.New()}, nil
	}}
	client := (&receiver{Server: ra}).client()
	err := client.SendPrivateMessage(t.Context(), PrivateMessage{ComplaintID: 1, Text: "Segue", Email: "a@example.com", Files: []File{file}})
	if got := Outcome(err); got == Accepted {
		t.Fatalf("outcome %s", got)
	}
	if e := mustFail(t, err); e.Status == http.StatusConflict {
		equal(t, "code", e.Code, "40922")
		equal(t, "outcome", Outcome(err), Rejected)
	}
}

func TestUploadsGetTimeForTheirLength(t *testing.T) {
	c := New("http://ra.example", Credentials{})
	equal(t, "a read", c.patience(request{}), DefaultTimeout)
	equal(t, "a text", c.patience(request{body: newJSON(nil)}), DefaultTimeout)
	one := c.patience(request{body: &payload{length: 3 << 20}})
	equal(t, "3 MiB at 2 Mbit/s", (one - DefaultTimeout).Seconds(), 12)
}
