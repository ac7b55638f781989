package app

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long a test waits for something that takes a moment at most: CI machines are slow.
const patience = time.Minute

// eventually waits until a condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	within(t, patience, what, holds)
}

func within(t testing.TB, limit time.Duration, what string, holds func() bool) {
	t.Helper()
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("not within %s: %s", limit, what)
		}
	}
}

// output is what a process has written so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// program is the product running as a process of its own.
type program struct {
	t              testing.TB
	cmd            *exec.Cmd
	stdout, stderr output
	ended          chan struct{}
	// graphql and sandbox are the addresses that it printed, without a path; "" for a door that it does not have.
	graphql, sandbox string
}

// settings are environment variables without their prefix CITRUS_.
type settings map[string]string

// with gives the settings with others on top.
func (s settings) with(more settings) settings {
	all := maps.Clone(s)
	maps.Copy(all, more)
	return all
}

// folder makes settings with a data folder of their own, and ports that nobody else has.
func folder(t testing.TB) settings {
	return settings{"DATA_DIR": t.TempDir(), "LISTEN": "127.0.0.1:0", "SANDBOX_LISTEN": "127.0.0.1:0", "SANDBOX_RATE": "1000"}
}

func command(s settings, args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	// Nothing of the environment may reach the product but what the test says.
	cmd.Env = []string{asProduct + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + os.TempDir()}
	for name, value := range s {
		cmd.Env = append(cmd.Env, "CITRUS_"+name+"="+value)
	}
	return cmd
}

var (
	graphqlDoor = regexp.MustCompile(`(?m)^\s*GraphQL\s+(http://[^/\s]+)/graphql`)
	sandboxDoor = regexp.MustCompile(`(?m)^\s*Reclame Aqui\s+(?:simulator\s+)?(http://[^/\s]+)/`)
)

// start runs the product until the test ends, and waits until its doors are open. A process that was not
// killed must end in order, with nothing in its log that should not be there.
func start(t testing.TB, s settings, args ...string) *program {
	t.Helper()
	p := launch(t, s, args...)
	p.opened(s)
	return p
}

// launch is start for who does not wait.
func launch(t testing.TB, s settings, args ...string) *program {
	t.Helper()
	p := &program{t: t, cmd: command(s, args...), ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait() // judged by the exit code
	}()
	t.Cleanup(p.stop)
	return p
}

// opened waits until the doors are open.
func (p *program) opened(s settings) {
	p.t.Helper()
	kind := p.cmd.Args[1]
	eventually(p.t, "the product prints its addresses", func() bool {
		select {
		case <-p.ended:
			p.t.Fatalf("the product ended at once: %s", p.stderr.String())
		default:
		}
		p.graphql, p.sandbox = door(graphqlDoor, &p.stdout), door(sandboxDoor, &p.stdout)
		return p.graphql != "" && (kind != "demo" || p.sandbox != "" || s["RECLAME_AQUI_URL"] != "") || kind == "sandbox" && p.sandbox != ""
	})
}

func door(pattern *regexp.Regexp, from *output) string {
	if found := pattern.FindStringSubmatch(from.String()); found != nil {
		return found[1]
	}
	return ""
}

// listen is the address of the API, for starting again at the same place.
func (p *program) listen() string { return strings.TrimPrefix(p.graphql, "http://") }

func (p *program) running() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// kill ends the process as a power cut would.
func (p *program) kill() {
	p.t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		p.t.Errorf("kill: %v", err)
	}
	<-p.ended
	p.judge()
}

// stop ends the process as an operator does. It may be called again.
func (p *program) stop() {
	p.t.Helper()
	if !p.running() {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself: the exit code tells
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-p.ended:
	case <-timer.C:
		_ = p.cmd.Process.Kill()
		<-p.ended
		p.t.Errorf("%v did not end when told to", p.cmd.Args[1:])
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		p.t.Errorf("%v ended with %d\n%s", p.cmd.Args[1:], code, p.stderr.String())
	}
	p.judge()
}

// judge looks for what may never stand in a log: races, panics, failures of ours, secrets.
func (p *program) judge() {
	p.t.Helper()
	for _, sign := range []string{"DATA RACE", "panic", "level=ERROR", demoPassword, apiPassword} {
		if log := p.stderr.String(); strings.Contains(log, sign) {
			p.t.Errorf("the log of %v holds %q:\n%s", p.cmd.Args[1:], sign, log)
		}
	}
}

// apiPassword is the simulator's, and the other Reclame Aqui's.
const apiPassword = "demo-secret"

// run lets a command of the product do its work and gives what it printed.
func run(t testing.TB, s settings, stdin string, args ...string) string {
	t.Helper()
	cmd := command(s, args...)
	cmd.Stdin = strings.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, stderr.String())
	}
	return strings.TrimSpace(stdout.String())
}

// web is the tests' only HTTP client.
var web = &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: 32}}

// fetch makes a request and reads its answer to the end.
func fetch(t testing.TB, method, url string, header http.Header, body io.Reader) (status int, answer []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	if header != nil {
		r.Header = header
	}
	res, err := web.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err = io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, answer
}

// shared is data that several tests start from: a demo that has been synced and stopped.
var shared sharedDemo

type sharedDemo struct {
	once   sync.Once
	folder string
	err    error
}

func (d *sharedDemo) close() {
	if d.folder != "" {
		_ = os.RemoveAll(d.folder)
	}
}

// syncedDemo gives a copy of a data folder in which a demo has read all its complaints.
func syncedDemo(t testing.TB) (dir string) {
	t.Helper()
	shared.once.Do(func() {
		shared.folder, shared.err = os.MkdirTemp("", "citrus-demo")
		if shared.err != nil {
			return
		}
		p := start(t, folder(t).with(settings{"DATA_DIR": shared.folder}), "demo")
		quiet(t, p)
		p.stop()
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	dir = t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(shared.folder)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "demo.db")); err != nil {
		t.Fatal("the demo that others start from was not made: ", err)
	}
	return dir
}

// quiet turns life off and waits until the first sync and what follows it at once are over.
func quiet(t testing.TB, p *program) (admin *person) {
	t.Helper()
	eventually(t, "life begins", func() bool { return world(t, p.sandbox).state().at("life").truth() })
	world(t, p.sandbox).do("PUT", "life", map[string]any{"on": false})
	admin = signIn(t, p.graphql, "admin@demo.test", demoPassword)
	admin.synced()
	return admin
}

// sorted gives the keys of a map in order.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// key makes a client's key that no other call of this process has.
var key = func() func() string {
	var mu sync.Mutex
	n := 0
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		n++
		return fmt.Sprintf("key-%d-%d", time.Now().UnixNano(), n)
	}
}()
