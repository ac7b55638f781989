package contract_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
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

// passes lets Node run a file of tests against the demo.
func passes(t *testing.T, file string) {
	t.Helper()
	node, flags := nodeOf(t)
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Minute)
	defer stop()
	command := exec.CommandContext(ctx, node, append(flags, file)...)
	command.WaitDelay = time.Second
	command.Env = append(os.Environ(), "CITRUS_URL="+server, "CITRUS_SANDBOX_URL="+sandbox)
	if said, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
}

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
