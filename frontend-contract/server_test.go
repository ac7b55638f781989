package contract_test

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"citrus.cx/channel/server/app"
)

// The demo as `make run` starts it, on free ports; the tests of this package share it.
var server, sandbox string

// client has no time limit of its own: streams live as long as their test.
var client = &http.Client{}

// patience is how long anything may take that the tests wait for.
const patience = 30 * time.Second

func TestMain(m *testing.M) { os.Exit(runWithDemo(m.Run)) }

// running is the demo that the tests share.
var running *demo

func runWithDemo(tests func() int) int {
	folder, err := os.MkdirTemp("", "contract")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	running = &demo{folder: folder}
	result := 1
	if running.start() {
		result = tests()
	}
	code := running.stop()
	if code != 0 || result != 0 {
		fmt.Fprintf(os.Stderr, "the demo ended with %d and said:\n%s", code, running.log.String())
		return 1
	}
	return result
}

// demo is the product's own command line, so that what the front-end team is told to run is what is
// tested. Calls to the simulator are free here: its limit has tests of its own.
type demo struct {
	folder string
	cancel context.CancelFunc
	ended  chan int
	log    bytes.Buffer // read once the demo has ended
}

// start begins on free ports, and again on the same ones; false when the demo ends before it is there.
func (d *demo) start() bool {
	ctx, cancel := context.WithCancel(context.Background())
	said, stdout := io.Pipe()
	d.cancel, d.ended = cancel, make(chan int, 1)
	arguments := []string{
		"demo", "--listen", cmp.Or(strings.TrimPrefix(server, "http://"), "127.0.0.1:0"),
		"--sandbox-listen", cmp.Or(strings.TrimPrefix(sandbox, "http://"), "127.0.0.1:0"),
		"--sandbox-rate", "6000", "--data-dir", d.folder, "--log-level", "warn",
	}
	go func(ended chan<- int) {
		ended <- app.Main(ctx, arguments, strings.NewReader(""), stdout, &d.log)
		stdout.Close()
	}(d.ended)
	ok := addresses(said)
	go func() { _, _ = io.Copy(io.Discard, said) }() // ends with the demo
	return ok
}

// stop ends it as a signal does, and gives its exit code.
func (d *demo) stop() int {
	d.cancel()
	return <-d.ended
}

// addresses reads what the demo announces; false when it ends before it has.
func addresses(said io.Reader) bool {
	server, sandbox = "", ""
	address := regexp.MustCompile(`^\s*(GraphQL|Reclame Aqui)\s+(http://[^/\s]+)/`)
	for lines := bufio.NewScanner(said); lines.Scan(); {
		found := address.FindStringSubmatch(lines.Text())
		switch {
		case found == nil:
		case found[1] == "GraphQL":
			server = found[2]
		default:
			sandbox = found[2]
		}
		if server != "" && sandbox != "" {
			return true
		}
	}
	return false
}

// post sends JSON and decodes the answer, whatever its status.
func post(t *testing.T, method, address string, header http.Header, body any) map[string]any {
	t.Helper()
	response := open(t, method, address, header, body)
	defer response.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		t.Fatalf("%s %s: %s: %v", method, address, response.Status, err)
	}
	return answer
}

func open(t *testing.T, method, address string, header http.Header, body any) *http.Response {
	t.Helper()
	content, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), method, address, bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		request.Header[name] = values
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	return response
}

// complain makes a complaint at the simulator, which calls back.
func complain(t *testing.T, title string) {
	t.Helper()
	made := post(t, http.MethodPost, sandbox+"/__sandbox/complaints", nil, map[string]any{"title": title})
	if at(made, "id") == "" {
		t.Fatalf("no complaint was made: %v", made)
	}
}

// at finds a value by its path, as "tickets.edges.0.node.id"; "" when there is none.
func at(value any, path string) string {
	for step := range strings.SplitSeq(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[step]
		case []any:
			var i int
			if _, err := fmt.Sscan(step, &i); err != nil || i >= len(v) {
				return ""
			}
			value = v[i]
		default:
			return ""
		}
	}
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
}
