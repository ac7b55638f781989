package app

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// up sends a file as the app does, in a form of one part, and gives the answer.
func (p *person) up(name string, content []byte) (status int, answer node) {
	p.t.Helper()
	r, w := io.Pipe()
	form := multipart.NewWriter(w)
	go func() {
		part, err := form.CreateFormFile("file", name)
		if err == nil {
			_, err = part.Write(content)
		}
		if err == nil {
			err = form.Close()
		}
		w.CloseWithError(err)
	}()
	header := p.bearer()
	header.Set("Content-Type", form.FormDataContentType())
	header.Set("Accept-Language", "en")
	status, raw := fetch(p.t, "POST", p.base+"/uploads", header, r)
	return status, decode(p.t, raw)
}

func (p *person) bearer() http.Header { return http.Header{"Authorization": {"Bearer " + p.token}} }

// picture begins as a PNG and is as large as is wanted.
func picture(size int) []byte {
	return append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"), make([]byte, size-16)...)
}

// A file goes up, is found by its id in the contract, comes down to its owner alone, and outlives a restart.
func TestUpload(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, s settings) {
		p, ana := server(t, s)
		ana.register()
		alice := signIn(t, p.graphql, "alice@example.com", agentPassword)
		content := picture(29 << 20 / 10)
		before := p.memory("VmRSS")
		p.forgetPeak()
		status, file := alice.up("comprovante.png", content)
		if status != http.StatusCreated || file.at("size").number() != len(content) {
			t.Fatalf("%d %s", status, file)
		}
		if peak := p.memory("VmHWM"); peak > before+10<<10 {
			t.Errorf("memory went from %d kB to %d kB for a file of 2.9 MB", before, peak)
		}
		id := file.at("id").text()
		known := func(p *person) node {
			p.t.Helper()
			return p.ask(`query($id: ID!) { node(id: $id) { ... on Upload { id name contentType size createdAt } } }`, map[string]any{"id": id}).at("node")
		}
		if got := known(alice); got.at("name").text() != "comprovante.png" || got.at("contentType").text() != "image/png" || got.at("size").number() != len(content) {
			t.Errorf("in the contract: %s", got)
		}
		if got := known(ana); !got.null() {
			t.Errorf("another sees the draft: %s", got)
		}
		p.stop()
		p = start(t, s, "serve")
		alice.base, ana.base = p.graphql, p.graphql
		if status, got := fetch(t, "GET", alice.base+"/uploads/"+id, alice.bearer(), nil); status != http.StatusOK || !bytes.Equal(got, content) {
			t.Errorf("after a restart: %d, %d bytes", status, len(got))
		}
		if status, _ := fetch(t, "GET", ana.base+"/uploads/"+id, ana.bearer(), nil); status != http.StatusNotFound {
			t.Errorf("another downloads the draft: %d", status)
		}
		if status, _ := fetch(t, "GET", ana.base+"/uploads/"+id, nil, nil); status != http.StatusUnauthorized {
			t.Errorf("nobody downloads it: %d", status)
		}
	})
}

func TestUploadsThatAreRefused(t *testing.T) {
	t.Parallel()
	s := folder(t)
	p, ana := server(t, s)
	sound := bytes.Repeat(append([]byte("\xff\xfb\x90\x00"), make([]byte, 413)...), 8<<20/417)
	for _, c := range []struct {
		name    string
		content []byte
		status  int
		code    string
	}{
		{"foto.png", []byte("MZ\x90\x00" + strings.Repeat("\x00", 500)), 415, "UNSUPPORTED_FILE"},
		{"programa.exe", []byte("MZ\x90\x00"), 415, "UNSUPPORTED_FILE"},
		{"audio.mp3", sound, 413, "PAYLOAD_TOO_LARGE"},
		{"foto.png", picture(3<<20 + 1), 413, "PAYLOAD_TOO_LARGE"},
	} {
		status, answer := ana.up(c.name, c.content)
		if got := answer.at("errors", 0); status != c.status || got.at("code").text() != c.code || got.at("field").String() != `["file"]` || got.at("retryable").truth() {
			t.Errorf("%s: %d %s", c.name, status, answer)
		}
	}
	kept, err := filepath.Glob(filepath.Join(s["DATA_DIR"], "uploads", "*", "*"))
	if err != nil || len(kept) > 0 {
		t.Errorf("refused and kept: %q, %v", kept, err)
	}
	ana.up("segredo.png", picture(100))
	p.stop()
	if log := p.stderr.String(); strings.Contains(log, "segredo") || strings.Contains(log, "foto") {
		t.Errorf("the log names files: %s", log)
	}
}

// memory is what the kernel says of the process, in kB: its present size (VmRSS) or its largest (VmHWM).
func (p *program) memory(what string) (kB int) {
	p.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), what+":")
	if _, err := fmt.Sscan(rest, &kB); err != nil {
		p.t.Fatal(err)
	}
	return kB
}

// forgetPeak makes VmHWM begin anew.
func (p *program) forgetPeak() {
	p.t.Helper()
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p.cmd.Process.Pid), []byte("5"), 0); err != nil {
		p.t.Fatal(err)
	}
}
