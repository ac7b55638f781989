package callback

import (
	"bytes"
	"database/sql"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
)

const benchClients = 64

// BenchmarkCallback: the route beside a bare net/http handler that commits the same row as
// durably (SQLite, WAL, full sync): with group commit, and with one transaction each. They run
// in turns, so that a busy machine is busy for all. Ratios above 1 mean that the route is faster.
func BenchmarkCallback(b *testing.B) {
	beside(b)
}

// BenchmarkCallbackOnSlowDisk is the same where each fsync takes 2 ms longer: in a process of its own, with
// fsync and fdatasync replaced.
func BenchmarkCallbackOnSlowDisk(b *testing.B) {
	if os.Getenv(slowDisk) != "" {
		beside(b)
		return
	}
	for _, m := range metric.FindAllStringSubmatch(slowly(b, "-test.run=^$", "-test.bench=^BenchmarkCallbackOnSlowDisk$",
		"-test.benchtime="+flag.Lookup("test.benchtime").Value.String()), -1) {
		if value, err := strconv.ParseFloat(m[1], 64); err == nil && m[2] != "ns/op" {
			b.ReportMetric(value, m[2])
		}
	}
}

// BenchmarkCallbackOnPostgres: the route alone.
func BenchmarkCallbackOnPostgres(b *testing.B) {
	r := serve(b, databasetest.Open(b, databasetest.Postgres(b), database.Options{}))
	client := benchClient(b)
	var waits []time.Duration
	for b.Loop() {
		waits = append(waits, fire(b, client, r.URL+"/callbacks/reclame-aqui/"+token, round)...)
	}
	slices.Sort(waits)
	b.ReportMetric(float64(len(waits))/b.Elapsed().Seconds(), "callbacks/s")
	b.ReportMetric(milliseconds(waits[len(waits)*99/100]), "p99-ms")
}

// round is how many callbacks a route gets in its turn.
const round = 4 * benchClients

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func beside(b *testing.B) {
	r := serve(b, databasetest.Open(b, databasetest.SQLite(b), database.Options{}))
	grouped, single := bareGrouped(b, bareDatabase(b)), bareSingle(bareDatabase(b))
	routes := []struct {
		url   string
		spent time.Duration
	}{
		{url: r.URL + "/callbacks/reclame-aqui/" + token}, {url: bareServer(b, grouped)}, {url: bareServer(b, single)},
	}
	var waits []time.Duration
	client := benchClient(b)
	for b.Loop() {
		for i := range routes {
			begun := time.Now()
			w := fire(b, client, routes[i].url, round)
			routes[i].spent += time.Since(begun)
			if i == 0 {
				waits = append(waits, w...)
			}
		}
	}
	slices.Sort(waits)
	b.ReportMetric(float64(len(waits))/routes[0].spent.Seconds(), "callbacks/s")
	b.ReportMetric(milliseconds(waits[len(waits)*99/100]), "p99-ms")
	b.ReportMetric(routes[1].spent.Seconds()/routes[0].spent.Seconds(), "x-bare-grouped")
	b.ReportMetric(routes[2].spent.Seconds()/routes[0].spent.Seconds(), "x-bare-single")
}

// slowDisk is set where fsync is slow.
const slowDisk = "CITRUS_TEST_SLOW_DISK"

var metric = regexp.MustCompile(`([0-9.]+) ([a-z][a-z0-9/-]+)`)

// slowSync makes the calls that make a commit durable take 2 ms longer.
const slowSync = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

static int slowly(const char *name, int fd) {
	struct timespec wait = {0, 2000000};
	nanosleep(&wait, 0);
	return ((int (*)(int))dlsym(RTLD_NEXT, name))(fd);
}

int fsync(int fd) { return slowly("fsync", fd); }
int fdatasync(int fd) { return slowly("fdatasync", fd); }
`

// slowly runs this test binary again with a slow fsync, and gives what it says.
func slowly(tb testing.TB, args ...string) string {
	tb.Helper()
	compiler, err := exec.LookPath("cc")
	if err != nil || runtime.GOOS != "linux" {
		tb.Skip("a slow disk needs Linux and a C compiler")
	}
	folder := tb.TempDir()
	source, library := filepath.Join(folder, "slow.c"), filepath.Join(folder, "slow.so")
	if err := os.WriteFile(source, []byte(slowSync), 0o600); err != nil {
		tb.Fatal(err)
	}
	if said, err := exec.Command(compiler, "-shared", "-fPIC", "-o", library, source, "-ldl").CombinedOutput(); err != nil {
		tb.Fatalf("%v: %s", err, said)
	}
	child := exec.Command(os.Args[0], args...)
	child.Env = append(os.Environ(), "LD_PRELOAD="+library, slowDisk+"=1")
	said, err := child.CombinedOutput()
	if err != nil {
		tb.Fatalf("%v: %s", err, said)
	}
	return string(said)
}

// What group commit is for: where the disk is slow, many callbacks wait for it once. The benchmark says how many
// times faster it is; here, where others use the machine, a part of it is asked for.
func TestGroupCommitOnASlowDisk(t *testing.T) {
	if os.Getenv(slowDisk) == "" {
		slowly(t, "-test.run=^TestGroupCommitOnASlowDisk$")
		return
	}
	r := serve(t, databasetest.Open(t, databasetest.SQLite(t), database.Options{}))
	client := benchClient(t)
	single := bareServer(t, bareSingle(bareDatabase(t)))
	begun := time.Now()
	fire(t, client, single, round)
	slow := time.Since(begun)
	if slow < round*2*time.Millisecond {
		t.Errorf("the disk is not slow: %v", slow)
	}
	begun = time.Now()
	fire(t, client, r.URL+"/callbacks/reclame-aqui/"+token, round)
	if fast := time.Since(begun); slow < 4*fast {
		t.Errorf("one transaction each takes %v, groups %v", slow, fast)
	}
}

func benchClient(b testing.TB) *http.Client {
	transport := &http.Transport{
		MaxIdleConnsPerHost: benchClients,
		DialContext:         (&net.Dialer{}).DialContext,
	}
	b.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// fire sends n callbacks from 64 clients and gives how long each waited.
func fire(b testing.TB, client *http.Client, url string, n int) []time.Duration {
	waits := make([]time.Duration, n)
	var next atomic.Int64
	var all sync.WaitGroup
	for range benchClients {
		all.Go(func() {
			for i := next.Add(1); i <= int64(n); i = next.Add(1) {
				begun := time.Now()
				body := fmt.Sprintf(`{"event":"TICKET_UPDATED","data":{"id":%d}}`, 90000000+i%20)
				response, err := client.Post(url, js, strings.NewReader(body))
				if err != nil {
					b.Error(err)
					return
				}
				io.Copy(io.Discard, response.Body)
				response.Body.Close()
				if response.StatusCode != 200 {
					b.Errorf("status %d", response.StatusCode)
					return
				}
				waits[i-1] = time.Since(begun)
			}
		})
	}
	all.Wait()
	return waits
}

// bareDatabase is a pool on the same schema with the settings of the product's writer.
func bareDatabase(b testing.TB) *sql.DB {
	path := strings.TrimPrefix(databasetest.SQLite(b), "sqlite:")
	pool, err := sql.Open("sqlite3", "file:"+path+"?_txlock=immediate&_journal_mode=WAL&_synchronous=FULL&_foreign_keys=1&_busy_timeout=10000")
	if err != nil {
		b.Fatal(err)
	}
	pool.SetMaxOpenConns(1)
	b.Cleanup(func() { pool.Close() })
	return pool
}

func bareServer(b testing.TB, keep func(body []byte, r *http.Request) error) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err == nil {
			err = keep(body, r)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		io.WriteString(w, "{}")
	}))
	b.Cleanup(server.Close)
	return server.URL
}

const bareInsert = "INSERT INTO callback_deliveries (id, integration_id, received_at, method, content_type, body, `references`) VALUES (?, ?, ?, ?, ?, ?, ?)"

func bareRow(body []byte, r *http.Request) []any {
	return []any{
		schema.NewID(schema.PrefixCallbackDelivery), "int_x", time.Now().UTC(), r.Method, r.Header.Get("Content-Type"), body,
		`["COMPLAINT:90000001"]`,
	}
}

func bareSingle(pool *sql.DB) func([]byte, *http.Request) error {
	return func(body []byte, r *http.Request) error {
		_, err := pool.Exec(bareInsert, bareRow(body, r)...)
		return err
	}
}

type bareJob struct {
	row  []any
	kept chan error
}

func bareGrouped(b testing.TB, pool *sql.DB) func([]byte, *http.Request) error {
	queue := make(chan bareJob, maxGroup)
	var committer sync.WaitGroup
	committer.Go(func() {
		for first := range queue {
			group := []bareJob{first}
			for len(queue) > 0 && len(group) < maxGroup {
				group = append(group, <-queue)
			}
			err := bareCommit(pool, group)
			for _, j := range group {
				j.kept <- err
			}
		}
	})
	b.Cleanup(func() { close(queue); committer.Wait() })
	return func(body []byte, r *http.Request) error {
		j := bareJob{bareRow(body, r), make(chan error, 1)}
		queue <- j
		return <-j.kept
	}
}

func bareCommit(pool *sql.DB, group []bareJob) error {
	tx, err := pool.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	insert, err := tx.Prepare(bareInsert)
	if err != nil {
		return err
	}
	defer insert.Close()
	for _, j := range group {
		if _, err := insert.Exec(j.row...); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// BenchmarkExtract: what reading the hints of a body costs.
func BenchmarkExtract(b *testing.B) {
	for name, body := range map[string][]byte{
		"small": []byte(`{"event":"TICKET_UPDATED","data":{"id":90000001}}`),
		"page":  bytes.TrimSpace(page(b)),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				Extract(js, body)
			}
		})
	}
}
