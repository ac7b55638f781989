package upload_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/upload"
)

func TestUpAndDown(t *testing.T) {
	s := newSite(t)
	content := string(padded("png", 100_000))
	up := s.post(part{"file", "ação ☀.png", content})
	sum := sha256.Sum256([]byte(content))
	if up.status != http.StatusCreated || up.Name != "ação ☀.png" || up.ContentType != "image/png" || up.Size != 100_000 ||
		up.SHA256 != hex.EncodeToString(sum[:]) || up.header.Get("Location") != "/uploads/"+up.ID || !strings.HasPrefix(up.ID, "upl_") {
		t.Fatalf("%d %s", up.status, up.body)
	}
	down := s.ask("GET", "/uploads/"+up.ID, nil, nil)
	if down.status != http.StatusOK || string(down.body) != content {
		t.Errorf("%d with %d bytes", down.status, len(down.body))
	}
	for name, want := range map[string]string{
		"Content-Type": "image/png", "X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-cache",
		"Content-Disposition": `attachment; filename*=utf-8''a%C3%A7%C3%A3o%20%E2%98%80.png`,
	} {
		if got := down.header.Get(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	some := s.ask("GET", "/uploads/"+up.ID, nil, http.Header{"Range": {"bytes=1-3"}})
	if some.status != http.StatusPartialContent || string(some.body) != "PNG" {
		t.Errorf("a range: %d %q", some.status, some.body)
	}
	if same := s.ask("GET", "/uploads/"+up.ID, nil, http.Header{"If-None-Match": {down.header.Get("ETag")}}); same.status != http.StatusNotModified {
		t.Errorf("unchanged: %d", same.status)
	}
	if head := s.ask("HEAD", "/uploads/"+up.ID, nil, nil); head.status != http.StatusOK || head.header.Get("Content-Length") != "100000" || len(head.body) > 0 {
		t.Errorf("HEAD: %d %v", head.status, head.header)
	}
}

// A draft is its owner's alone; a sent file belongs to who sees the ticket.
func TestWhoMayDownload(t *testing.T) {
	s := newSite(t)
	_, sees := s.join("davi@example.com", s.sector)
	away := s.database.Writer.Sector.Create().SetName("x").SetNameFolded("x").SetCode("x").SetCodeFolded("x").SaveX(s.ctx).ID
	_, doesNot := s.join("elsa@example.com", away)
	up := s.post(part{"file", "a.png", png("")})
	status := func(token string) int {
		return s.ask("GET", "/uploads/"+up.ID, nil, http.Header{"Authorization": {"Bearer " + token}}).status
	}
	if status(s.token) != 200 || status(sees) != 404 || status(doesNot) != 404 {
		t.Errorf("a draft: owner %d, colleague %d, stranger %d", status(s.token), status(sees), status(doesNot))
	}
	if _, err := s.claim(s.carla, up.ID); err != nil {
		t.Fatal(err)
	}
	if status(s.token) != 200 || status(sees) != 200 || status(doesNot) != 404 {
		t.Errorf("sent: owner %d, colleague %d, stranger %d", status(s.token), status(sees), status(doesNot))
	}
	for _, id := range []string{"upl_0", "upl_..%2f..%2fetc", "%00", "tkt_1", s.ticket} {
		s.ask("GET", "/uploads/"+id, nil, nil).says(t, id, 404, "NOT_FOUND")
	}
	s.ask("GET", "/uploads/"+up.ID, nil, http.Header{"Authorization": nil}).says(t, "nobody", 401, "UNAUTHENTICATED")
}

func TestRequestsThatAreRefused(t *testing.T) {
	const mb = 1 << 20
	s := newSite(t)
	ok := part{"file", "a.png", png("")}
	program := part{"file", "foto.png", string(upload.Samples["exe"])}
	for _, c := range []struct {
		name   string
		answer answer
		status int
		code   string
	}{
		{"a program named as a picture", s.post(program), 415, "UNSUPPORTED_FILE"},
		{"a picture too large", s.post(part{"file", "a.png", string(padded("png", 3*mb+1))}), 413, "PAYLOAD_TOO_LARGE"},
		{"an audio too large", s.post(part{"file", "a.mp3", string(padded("mp3", 8*mb))}), 413, "PAYLOAD_TOO_LARGE"},
		{"an audio that says it is too large", s.whole(part{"file", "a.mp3", string(padded("mp3", 8*mb))}), 413, "PAYLOAD_TOO_LARGE"},
		{"a video", s.whole(part{"file", "a.mp4", strings.Repeat("x", 12*mb)}), 413, "PAYLOAD_TOO_LARGE"},
		{"nothing in it", s.post(part{"file", "a.png", ""}), 400, "REQUIRED"},
		{"no part", s.post(), 400, "REQUIRED"},
		{"two files", s.post(ok, ok), 400, "INVALID"},
		{"a file and a text", s.post(ok, part{"note", "", "x"}), 400, "INVALID"},
		{"another name of the part", s.post(part{"upload", "a.png", png("")}), 400, "INVALID"},
		{"a text", s.post(part{"file", "", "x"}), 400, "INVALID"},
		{"a long header", s.post(part{"file", strings.Repeat("x", mb), ""}), 400, "INVALID"},
		{"no form", s.ask("POST", "/uploads", strings.NewReader(png("")), http.Header{"Content-Type": {"image/png"}}), 400, "INVALID"},
		{"cut off", s.ask("POST", "/uploads", strings.NewReader("--x\r\nContent-Disposition: form-data; name=file; filename=a.png\r\n\r\n"+png("")),
			http.Header{"Content-Type": {"multipart/form-data; boundary=x"}}), 400, "INVALID"},
	} {
		c.answer.says(t, c.name, c.status, c.code, "file")
	}
	for _, authorization := range []string{"", "Bearer x", "Basic YTpi"} {
		body, contentType := form(ok)
		a := s.ask("POST", "/uploads", body, http.Header{"Authorization": {authorization}, "Content-Type": {contentType}})
		a.says(t, "who is nobody", 401, "UNAUTHENTICATED")
		if a.header.Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("headers %v", a.header)
		}
	}
	for _, c := range [][2]string{{"GET", "/uploads"}, {"PUT", "/uploads"}, {"POST", "/uploads/upl_1"}, {"DELETE", "/uploads/upl_1"}} {
		if a := s.ask(c[0], c[1], nil, nil); a.status != http.StatusMethodNotAllowed || a.header.Get("Allow") == "" || len(a.Errors) != 1 {
			t.Errorf("%s %s: %d %s", c[0], c[1], a.status, a.body)
		}
	}
	if left := s.left(); len(left) > 0 || s.database.Writer.Upload.Query().CountX(s.ctx) > 0 {
		t.Errorf("refused and kept: %q", left)
	}
	body, contentType := form(program)
	a := s.ask("POST", "/uploads", body, http.Header{"Content-Type": {contentType}, "Accept-Language": {"pt-BR"}})
	if !strings.HasPrefix(a.Errors[0].Message, "Arquivo não aceito") {
		t.Errorf("in Portuguese: %s", a.body)
	}
}

func TestPagesOfOtherOrigins(t *testing.T) {
	s := newSite(t)
	preflight := func(origin string) answer {
		return s.ask("OPTIONS", "/uploads", nil, http.Header{"Origin": {origin}, "Access-Control-Request-Method": {"POST"}, "Authorization": nil})
	}
	a := preflight("https://app.example.com")
	if a.status != 204 || a.header.Get("Access-Control-Allow-Origin") != "https://app.example.com" ||
		!strings.Contains(a.header.Get("Access-Control-Allow-Headers"), "Authorization") || a.header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("a listed origin: %d %v", a.status, a.header)
	}
	preflight("https://evil.example.com").says(t, "another origin", 403, "FORBIDDEN")
	body, contentType := form(part{"file", "a.png", png("")})
	s.ask("POST", "/uploads", body, http.Header{"Origin": {"https://evil.example.com"}, "Content-Type": {contentType}}).
		says(t, "a page of another origin", 403, "FORBIDDEN")
}

// full is a store on a disk that has room for a few bytes more.
type full struct{ *upload.Folder }

func (f full) Put(ctx context.Context, id string, r io.Reader, inspect func(io.ReaderAt, int64) error) error {
	return f.Folder.Put(ctx, id, io.MultiReader(io.LimitReader(r, 1000), broken{}), inspect)
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, fmt.Errorf("write a.part: %w", syscall.ENOSPC) }

func TestFullDisk(t *testing.T) {
	s := newSite(t)
	s.serve(s.service(full{s.folder}))
	a := s.post(part{"file", "a.png", string(padded("png", 100_000))})
	a.says(t, "a full disk", 500, "INTERNAL")
	if a.Errors[0].RequestID != "request-1" || strings.Contains(string(a.body), "space") {
		t.Errorf("%s", a.body)
	}
	if left := s.left(); len(left) > 0 || s.database.Writer.Upload.Query().CountX(s.ctx) > 0 {
		t.Errorf("left: %q", left)
	}
}

// A client that sends a byte now and then is cut off, and what it sent is thrown away.
func TestSlowClient(t *testing.T) {
	s := newSite(t)
	s.handler.Hurry(100 * time.Millisecond)
	connection, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	fmt.Fprintf(connection, "POST /uploads HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 5000\r\n\r\n"+
		"--x\r\nContent-Disposition: form-data; name=file; filename=a.png\r\n\r\n%s", s.token, png(""))
	said, err := io.ReadAll(connection) // until the server closes
	if err != nil && !errors.Is(err, syscall.ECONNRESET) || !bytes.Contains(said, []byte("400 Bad Request")) {
		t.Errorf("%s, %v", said, err)
	}
	if left := s.left(); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

// A file of 2.9 MB goes through with less than 10 MB more memory: here even counting what was freed
// meanwhile, and what the client needs.
func TestMemory(t *testing.T) {
	s := newSite(t)
	content := string(padded("png", 29<<20/10))
	s.post(part{"file", "a.png", png("")}) // what is made once is made
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	up := s.post(part{"file", "a.png", content})
	runtime.ReadMemStats(&after)
	if up.status != http.StatusCreated {
		t.Fatalf("%d %s", up.status, up.body)
	}
	if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
		t.Errorf("%d bytes were allocated for a file of %d", got, len(content))
	}
}

// Whose session has ended sends nothing more.
func TestSignedOut(t *testing.T) {
	s := newSite(t)
	ctx, err := s.users.Authenticate(t.Context(), "Bearer "+s.token)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.users.SignOut(ctx); err != nil {
		t.Fatal(err)
	}
	s.post(part{"file", "a.png", png("")}).says(t, "signed out", 401, "UNAUTHENTICATED")
	if _, ok := identity.From(ctx); !ok {
		t.Error("it was nobody's session")
	}
}
