package app

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// asAudience in the environment makes the test binary be many clients, so that their work is not counted as the server's.
const asAudience = "CITRUS_TEST_AUDIENCE"

// audience is what many clients do: each opens a socket and counts what it hears.
type audience struct {
	URL     string
	Sockets int
	Tokens  []string         // of the product, taken in turn; none for a raw broadcast
	Query   string           // of the subscription
	After   string           // its cursor, if it has one
	Filters []map[string]any // taken in turn
}

// listen is the child's part: it says when all listen, and then when the last has heard each message. To every question
// it answers with a line for each socket: when it heard what it heard since the last question.
func listen(from io.Reader, to io.Writer) {
	var a audience
	parent := json.NewDecoder(from)
	if err := parent.Decode(&a); err != nil {
		fmt.Fprintln(to, "error", err)
		return
	}
	var heard atomic.Int64
	var ready, places sync.WaitGroup
	place := make(chan struct{}, 32)
	rounds := make(chan int64, 1000)
	ears := make([]ear, a.Sockets)
	for i := range a.Sockets {
		place <- struct{}{}
		ready.Add(1)
		places.Go(func() {
			conn, err := a.open(i)
			seated := sync.OnceFunc(func() { <-place; ready.Done() })
			if err != nil || len(a.Tokens) == 0 {
				seated()
			}
			if err != nil {
				fmt.Fprintln(to, "error", err)
				return
			}
			for {
				_, r, err := conn.NextReader()
				if err != nil {
					return
				}
				var begin [len(subscribed)]byte // no ping is that long
				if _, err := io.ReadFull(r, begin[:]); err != nil {
					continue
				}
				if string(begin[:]) == subscribed {
					seated()
				}
				if !strings.HasPrefix(string(begin[:]), `{"id":"1`) {
					continue
				}
				if _, err := io.Copy(io.Discard, r); err != nil {
					return
				}
				at := time.Now().UnixNano()
				ears[i].hear(at)
				if heard.Add(1)%int64(a.Sockets) == 0 {
					rounds <- at
				}
			}
		})
	}
	ready.Wait()
	fmt.Fprintln(to, "ready")
	go func() {
		for at := range rounds {
			fmt.Fprintln(to, at)
		}
	}()
	for question := new(any); parent.Decode(question) == nil; { // until the parent has had enough
		for i := range ears {
			fmt.Fprintln(to, ears[i].told())
		}
	}
	os.Exit(0)
}

// ear is when a socket heard something, since it was last asked.
type ear struct {
	mu    sync.Mutex
	times []byte // in nanoseconds, with commas
}

func (e *ear) hear(at int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.times = append(strconv.AppendInt(e.times, at, 10), ',')
}

func (e *ear) told() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	times := string(e.times)
	e.times = nil
	return times
}

// subscribed is how the answer ends to what is asked after a subscription: then that is known.
const subscribed = `{"id":"2","type":"complete"}`

func (a audience) open(i int) (*websocket.Conn, error) {
	d := websocket.Dialer{ReadBufferSize: 512, WriteBufferSize: 512, HandshakeTimeout: patience}
	if len(a.Tokens) > 0 {
		d.Subprotocols = []string{"graphql-transport-ws"}
	}
	conn, res, err := d.Dial("ws"+strings.TrimPrefix(a.URL, "http")+fmt.Sprint("?seat=", i), nil)
	if err != nil {
		return nil, err
	}
	res.Body.Close()
	if len(a.Tokens) == 0 {
		return conn, nil
	}
	variables := map[string]any{}
	if len(a.Filters) > 0 {
		variables["f"] = a.Filters[i%len(a.Filters)]
	}
	if a.After != "" {
		variables["a"] = a.After
	}
	for _, m := range []any{
		map[string]any{"type": "connection_init", "payload": map[string]any{"Authorization": "Bearer " + a.Tokens[i%len(a.Tokens)]}},
		map[string]any{"id": "1", "type": "subscribe", "payload": map[string]any{"query": a.Query, "variables": variables}},
		map[string]any{"id": "2", "type": "subscribe", "payload": map[string]any{"query": "{ __typename }"}},
	} {
		if err := conn.WriteJSON(m); err != nil {
			return nil, err
		}
	}
	return conn, nil
}

// seats is an audience that listens.
type seats struct {
	b     *testing.B
	in    io.Writer
	lines *bufio.Scanner
	leave func()
}

// sit lets an audience listen in a process of its own until the benchmark ends.
func (a audience) sit(b *testing.B) *seats {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asAudience+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	leave := sync.OnceFunc(func() {
		in.Close()
		_ = cmd.Wait() // it exits when its input ends
	})
	b.Cleanup(leave)
	if err := json.NewEncoder(in).Encode(a); err != nil {
		b.Fatal(err)
	}
	s := &seats{b, in, bufio.NewScanner(out), leave}
	if said := s.line(); said != "ready" {
		b.Fatal(said)
	}
	return s
}

func (s *seats) line() string {
	s.b.Helper()
	if !s.lines.Scan() {
		s.b.Fatal("the audience has left")
	}
	return s.lines.Text()
}

// last waits until as many messages were heard as there are seats, and gives when the last of them was.
func (s *seats) last() time.Time {
	s.b.Helper()
	var at int64
	if _, err := fmt.Sscan(s.line(), &at); err != nil {
		s.b.Fatal(err)
	}
	return time.Unix(0, at)
}

// times gives by seat when each message was heard that was not asked for before.
func (s *seats) times(sockets int) [][]time.Time {
	s.b.Helper()
	if _, err := io.WriteString(s.in, "0\n"); err != nil {
		s.b.Fatal(err)
	}
	all := make([][]time.Time, sockets)
	for i := range all {
		for text := range strings.SplitSeq(strings.TrimSuffix(s.line(), ","), ",") {
			at, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				s.b.Fatal(err)
			}
			all[i] = append(all[i], time.Unix(0, at))
		}
	}
	return all
}

// broadcast is the reference: sockets of gorilla alone, and one prepared message to all.
type broadcast struct {
	mu    sync.Mutex
	conns []*websocket.Conn
}

func (r *broadcast) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	u := websocket.Upgrader{ReadBufferSize: 1024, WriteBufferSize: 4096, WriteBufferPool: &buffers, CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := u.Upgrade(w, q, nil)
	if err != nil {
		return
	}
	defer conn.Close()
	r.mu.Lock()
	r.conns = append(r.conns, conn)
	r.mu.Unlock()
	for {
		if _, _, err := conn.ReadMessage(); err != nil {
			return
		}
	}
}

var buffers sync.Pool

// send writes to all, as many at once as the machine has processors.
func (r *broadcast) send(message []byte, workers int) error {
	prepared, err := websocket.NewPreparedMessage(websocket.TextMessage, message)
	if err != nil {
		return err
	}
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for i := w; i < len(r.conns); i += workers {
				_ = r.conns[i].SetWriteDeadline(time.Now().Add(patience))
				_ = r.conns[i].WritePreparedMessage(prepared) // one that is missing shows in the rounds
			}
		})
	}
	all.Wait()
	return nil
}
