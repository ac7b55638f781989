package callback

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	"github.com/prometheus/client_golang/prometheus"

	"citrus.cx/channel/ent/db/callbackdelivery"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
)

func zipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, text)
	w.Close()
	return b.String()
}

func deflated(text string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	io.WriteString(w, text)
	w.Close()
	return b.String()
}

// Compressed bodies are kept as they were before; the cap holds for both forms.
func TestContentEncodings(t *testing.T) {
	r := serve(t, databasetest.Open(t, databasetest.SQLite(t), database.Options{}))
	const plain = `{"id":90000001}`
	for _, test := range []struct {
		encoding, body string
		status         int
		kept           string
	}{
		{"gzip", zipped(plain), 200, plain},
		{"X-GZIP", zipped(plain), 200, plain},
		{"deflate", deflated(plain), 200, plain},
		{"identity", plain, 200, plain},
		{"gzip", plain, 200, plain}, // it lies
		{"gzip", zipped(plain)[:20], 200, zipped(plain)[:20]},
		{"br", "\x0b\x07", 200, "\x0b\x07"},
		{"gzip", zipped(strings.Repeat(" ", maxBody-len(plain)) + plain), 200, strings.Repeat(" ", maxBody-len(plain)) + plain},
		{"gzip", zipped(strings.Repeat(" ", maxBody+1)), 413, ""},
		{"gzip", zipped(strings.Repeat("0", 100<<20)), 413, ""},
		{"deflate", deflated(strings.Repeat("0", 2<<20)), 413, ""},
	} {
		request, _ := http.NewRequest("POST", r.URL+"/callbacks/reclame-aqui/"+token, strings.NewReader(test.body))
		request.Header.Set("Content-Encoding", test.encoding)
		response, err := r.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != test.status {
			t.Errorf("%s: %d, want %d", test.encoding, response.StatusCode, test.status)
		}
		if test.status != 200 {
			continue
		}
		row := r.database.Reader.CallbackDelivery.Query().Order(callbackdelivery.ByID()).AllX(context.Background())
		last := row[len(row)-1]
		if string(last.Body) != test.kept || (len(last.References) == 1 && last.References[0] == "COMPLAINT:90000001") != strings.Contains(test.kept, plain) {
			t.Errorf("%s: kept %.50q, %v", test.encoding, last.Body, last.References)
		}
	}
}

// What other clients speak, byte by byte.
func TestOddRequests(t *testing.T) {
	r := serve(t, databasetest.Open(t, databasetest.SQLite(t), database.Options{}))
	path := "/callbacks/reclame-aqui/" + token
	body := `{"id":5}`
	for _, test := range []struct{ name, request, status string }{
		{"HTTP/1.0", "POST " + path + " HTTP/1.0\r\nContent-Length: 8\r\n\r\n" + body, "200"},
		{"HTTP/1.0 without a length", "POST " + path + " HTTP/1.0\r\n\r\n", "200"},
		{"chunked", "POST " + path + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{\"id\r\n4\r\n\":5}\r\n0\r\n\r\n", "200"},
		{"chunks of nothing", "POST " + path + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "200"},
		{"asks first", "POST " + path + " HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 8\r\n\r\n" + body, "100"},
		{"asks first, wrong token", "POST /callbacks/reclame-aqui/x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 8\r\n\r\n", "404"},
		{"asks first, too large", "POST " + path + " HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 8000000\r\n\r\n", "413"},
		{"HEAD", "HEAD " + path + " HTTP/1.1\r\nHost: x\r\n\r\n", "200"},
		{"GET with a body", "GET " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\n" + body, "200"},
		{"a path below", "POST " + path + "/x HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "404"},
		{"broken chunks", "POST " + path + " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "400"},
	} {
		if got := r.raw(t, test.request); got != test.status {
			t.Errorf("%s: %s, want %s", test.name, got, test.status)
		}
	}
	if deliveries, hints := r.rows(t); deliveries != 5 || hints != 2 {
		t.Errorf("%d deliveries, %d hints", deliveries, hints)
	}
}

// raw sends bytes and gives the first answer's status; after a 100 it waits for the second one, too.
func (r *route) raw(t *testing.T, request string) (status string) {
	t.Helper()
	connection, err := net.Dial("tcp", r.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if _, err := io.WriteString(connection, request); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(connection)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		code, ok := strings.CutPrefix(line, "HTTP/1.")
		if !ok {
			continue
		}
		if status == "" {
			status = code[2:5]
		}
		if code[2:5] != "100" {
			return status
		}
	}
}

// A database that somebody else has locked: the sender is told to come again, and after that all is well.
func TestALockedDatabase(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		r := serve(t, d)
		ctx, cancel := context.WithCancel(context.Background())
		tx, err := d.Writer.Tx(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if d.Dialect == dialect.Postgres {
			if _, err := tx.ExecContext(ctx, "LOCK TABLE callback_deliveries IN ACCESS EXCLUSIVE MODE"); err != nil {
				t.Fatal(err)
			}
		}
		sent := make(chan int, 1)
		go func() {
			request := httptest.NewRequest("POST", "/", strings.NewReader(`{"id":1}`)).WithContext(ctx)
			request.SetPathValue("token", token)
			answer := httptest.NewRecorder()
			r.handler.ServeHTTP(answer, request)
			sent <- answer.Code
		}()
		select {
		case status := <-sent:
			t.Errorf("answered %d while nothing could be kept", status)
		case <-time.After(50 * time.Millisecond):
		}
		cancel() // as its time-out does
		if status := <-sent; status != 503 {
			t.Errorf("status %d", status)
		}
		tx.Rollback()
		if got := r.status(t, "POST", token, `{"id":2}`); got != 200 {
			t.Errorf("after the lock: %d", got)
		}
		if deliveries, _ := r.rows(t); deliveries < 1 { // what was given up may be kept, what was acknowledged must
			t.Errorf("%d deliveries", deliveries)
		}
	})
}

// Rejected requests write nothing and leave nothing in memory. 100,000 of them with CITRUS_SOAK.
func TestWrongTokensWriteNothing(t *testing.T) {
	url := databasetest.SQLite(t)
	r := serve(t, databasetest.Open(t, url, database.Options{}))
	r.status(t, "POST", token, "{}")
	r.status(t, "POST", token, "{}") // after this answer the first one's use of the token is written, too
	n := 3000
	if os.Getenv("CITRUS_SOAK") != "" {
		n = 100_000
	}
	wal := strings.TrimPrefix(url, "sqlite:") + "-wal"
	watching, err := sql.Open("sqlite3", "file:"+strings.TrimPrefix(url, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	defer watching.Close()
	watching.SetMaxOpenConns(1) // its data_version changes when any other connection commits
	state := func() string {
		version := 0
		if err := watching.QueryRow("PRAGMA data_version").Scan(&version); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(wal)
		if err != nil {
			t.Fatal(err)
		}
		deliveries, hints := r.rows(t)
		return fmt.Sprint(version, info.Size(), info.ModTime(), deliveries, hints, len(r.handler.tokens.known))
	}
	before, memory := state(), heap()
	var wrong atomic.Int64
	var senders sync.WaitGroup
	for range benchClients {
		senders.Go(func() {
			for i := wrong.Add(1); i <= int64(n); i = wrong.Add(1) {
				request := httptest.NewRequest("POST", "/", unreadable{t})
				request.SetPathValue("token", fmt.Sprint("wrong", i))
				answer := httptest.NewRecorder()
				if r.handler.ServeHTTP(answer, request); answer.Code != 404 {
					t.Errorf("status %d", answer.Code)
				}
			}
		})
	}
	senders.Wait()
	if after := state(); after != before {
		t.Errorf("before %s, after %s", before, after)
	}
	if grown := heap() - memory; grown > 4<<20 {
		t.Errorf("%d bytes more in memory", grown)
	}
	if got := counted(t, r.handler, "citrus_callback_rejected_total", "token"); got != float64(n) {
		t.Errorf("%v rejected by the metrics", got)
	}
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// counted is what a metric of the route says.
func counted(t *testing.T, h *Handler, name, reason string) float64 {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(h.Collectors()...)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			switch {
			case family.GetName() != name:
			case m.GetHistogram() != nil:
				return float64(m.GetHistogram().GetSampleCount())
			case m.GetLabel()[0].GetValue() == reason:
				return m.GetCounter().GetValue()
			}
		}
	}
	return 0
}

func TestCounts(t *testing.T) {
	r := serve(t, databasetest.Open(t, databasetest.SQLite(t), database.Options{}))
	for range 3 {
		r.status(t, "POST", token, "{}")
	}
	r.status(t, "GET", token, "")
	r.status(t, "POST", token, strings.Repeat("x", maxBody+1))
	r.stop()
	r.status(t, "POST", token, "{}")
	for _, want := range []struct {
		name, reason string
		n            float64
	}{
		{"citrus_callback_durable_seconds", "", 3},
		{"citrus_callback_rejected_total", "size", 1},
		{"citrus_callback_rejected_total", "unavailable", 1},
		{"citrus_callback_rejected_total", "token", 0},
	} {
		if got := counted(t, r.handler, want.name, want.reason); got != want.n {
			t.Errorf("%s %s: %v, want %v", want.name, want.reason, got, want.n)
		}
	}
}

// However many large bodies come at once, those in memory are bounded; all are kept in the end.
func TestMemoryOfLargeBodiesIsBounded(t *testing.T) {
	r := serve(t, databasetest.Open(t, databasetest.SQLite(t), database.Options{}))
	if !r.handler.memory.TryAcquire(maxHeld - maxBody) { // as if others held it
		t.Fatal("there is no memory")
	}
	body := `{"id":1}` + strings.Repeat(" ", maxBody-8)
	var senders sync.WaitGroup
	for range 32 {
		senders.Go(func() {
			if got := r.status(t, "POST", token, body); got != 200 {
				t.Errorf("status %d", got)
			}
		})
	}
	senders.Wait()
	if deliveries, _ := r.rows(t); deliveries != 32 {
		t.Errorf("%d deliveries", deliveries)
	}
	if !r.handler.memory.TryAcquire(maxBody) {
		t.Error("memory is not given back")
	}
}
