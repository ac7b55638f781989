package callback

import (
	"bytes"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
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
		const round = 4 * benchClients
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
	b.ReportMetric(float64(waits[len(waits)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(routes[1].spent.Seconds()/routes[0].spent.Seconds(), "x-bare-grouped")
	b.ReportMetric(routes[2].spent.Seconds()/routes[0].spent.Seconds(), "x-bare-single")
}

func benchClient(b *testing.B) *http.Client {
	transport := &http.Transport{
		MaxIdleConnsPerHost: benchClients,
		DialContext:         (&net.Dialer{}).DialContext,
	}
	b.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// fire sends n callbacks from 64 clients and gives how long each waited.
func fire(b *testing.B, client *http.Client, url string, n int) []time.Duration {
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
func bareDatabase(b *testing.B) *sql.DB {
	path := strings.TrimPrefix(databasetest.SQLite(b), "sqlite:")
	pool, err := sql.Open("sqlite3", "file:"+path+"?_txlock=immediate&_journal_mode=WAL&_synchronous=FULL&_foreign_keys=1&_busy_timeout=10000")
	if err != nil {
		b.Fatal(err)
	}
	pool.SetMaxOpenConns(1)
	b.Cleanup(func() { pool.Close() })
	return pool
}

func bareServer(b *testing.B, keep func(body []byte, r *http.Request) error) string {
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

func bareGrouped(b *testing.B, pool *sql.DB) func([]byte, *http.Request) error {
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
