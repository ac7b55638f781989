package contract_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestStockClientFollows lets npm's graphql-ws, the client that apps use, follow the live stream; see
// tests/live.test.mjs for what it holds the server to.
func TestStockClientFollows(t *testing.T) { passes(t, "tests/live.test.mjs") }

// TestFilesWithFetch sends and fetches files as the guide says to.
func TestFilesWithFetch(t *testing.T) { passes(t, "tests/files.test.mjs") }

// TestStockClients lets an agent's page work in each of the clients that an app may have; see
// tests/clients.test.mjs. They are npm's, and installed first where they are not.
func TestStockClients(t *testing.T) {
	nodeOf(t) // or it is skipped
	install(t)
	restart := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if code := running.stop(); code != 0 {
			http.Error(w, fmt.Sprintf("the demo ended with %d", code), http.StatusInternalServerError)
			return
		}
		if !running.start() {
			http.Error(w, "the demo did not start again", http.StatusInternalServerError)
		}
	}))
	defer restart.Close()
	passes(t, "tests/clients.test.mjs", "CITRUS_RESTART_URL="+restart.URL)
}

// TestLastEventIDGoesBeforeAfter asks as EventSource does when it comes back: to the same address, whose
// `after` is older than the last event that it had.
func TestLastEventIDGoesBeforeAfter(t *testing.T) {
	header := http.Header{}
	ask := func(query string) map[string]any {
		return post(t, http.MethodPost, server+"/graphql", header, map[string]any{"query": query})
	}
	token := at(ask(`mutation { signIn(input: {email: "agent@demo.test", password: "demo-demo-demo"}) { accessToken } }`), "data.signIn.accessToken")
	header.Set("Authorization", "Bearer "+token)
	start := at(ask(`{ eventCursor }`), "data.eventCursor")
	address := server + "/graphql?" + url.Values{
		"query": {`subscription($after: Cursor) { ticketChanges(after: $after) { cursor } }`}, "variables": {fmt.Sprintf(`{"after":%q}`, start)},
	}.Encode()
	header.Set("Accept", "text/event-stream")
	first := func() string {
		stream := open(t, http.MethodGet, address, header, nil)
		defer stream.Body.Close()
		for lines := bufio.NewScanner(stream.Body); lines.Scan(); {
			if id, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
				return id
			}
		}
		t.Fatal("the stream ended without an event")
		return ""
	}
	complain(t, "Antes da volta")
	missed := first()
	if again := first(); again != missed {
		t.Fatalf("after the same cursor came %s, then %s", missed, again)
	}
	header.Set("Last-Event-ID", missed)
	complain(t, "Depois da volta")
	if next := first(); next == missed {
		t.Error("the event that the client had came again")
	}
}

// passes lets Node run a file of tests against the demo.
func passes(t *testing.T, file string, environment ...string) {
	t.Helper()
	node, flags := nodeOf(t)
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Minute)
	defer stop()
	command := exec.CommandContext(ctx, node, append(flags, file)...)
	command.WaitDelay = time.Second
	command.Env = append(append(os.Environ(), "CITRUS_URL="+server, "CITRUS_SANDBOX_URL="+sandbox), environment...)
	if said, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
}

// install runs `npm ci` when package-lock.json is newer than what is there, as make does. Where there
// is no network the test is skipped; a lock that cannot be followed fails it.
func install(t *testing.T) {
	t.Helper()
	lock, err := os.Stat("package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	if there, err := os.Stat("node_modules"); err == nil && !there.ModTime().Before(lock.ModTime()) {
		return
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		t.Skip("npm is not installed: Apollo, urql, Relay and graphql-sse were not tried")
	}
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Minute)
	defer stop()
	said, err := exec.CommandContext(ctx, npm, "ci", "--no-audit", "--no-fund").CombinedOutput()
	if err != nil && offline.Match(said) {
		t.Skipf("npm's registry cannot be reached: Apollo, urql, Relay and graphql-sse were not tried\n%s", said)
	}
	if err == nil {
		now := time.Now()
		err = os.Chtimes("node_modules", now, now)
	}
	if err != nil {
		t.Fatalf("npm ci: %v\n%s", err, said)
	}
}

// offline are npm's codes for a network that is not there.
var offline = regexp.MustCompile(`\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT|ENOTCACHED)\b`)

// nodeOf finds Node 20.10 or newer, and the flags that give it a WebSocket; without Node the test is skipped.
func nodeOf(t *testing.T) (path string, flags []string) {
	t.Helper()
	path, err := exec.LookPath("node")
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip("node is not installed: the stock graphql-ws client was not tried")
	}
	if err != nil {
		t.Fatal(err)
	}
	said, err := exec.CommandContext(t.Context(), path, "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	version := strings.Split(strings.TrimPrefix(strings.TrimSpace(string(said)), "v"), ".")
	major, _ := strconv.Atoi(version[0])
	minor := 0
	if len(version) > 1 {
		minor, _ = strconv.Atoi(version[1])
	}
	if major < 20 || major == 20 && minor < 10 {
		t.Skipf("node %s is too old, 20.10 is wanted: the stock graphql-ws client was not tried", strings.TrimSpace(string(said)))
	}
	if major < 22 {
		flags = []string{"--experimental-websocket"}
	}
	return path, flags
}
