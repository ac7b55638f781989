package transport

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/gorilla/websocket"
)

// connected gives both ends of a connection of the kernel's.
func connected(t *testing.T) (ours, theirs net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dialled := make(chan net.Conn, 1)
	go func() {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Error(err)
		}
		dialled <- c
	}()
	if ours, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	theirs = <-dialled
	t.Cleanup(func() { ours.Close(); theirs.Close() })
	return ours, theirs
}

// A line never waits, holds what the kernel does not take, and loses nothing and no order.
func TestLineHoldsWhatTheKernelDoesNotTake(t *testing.T) {
	ours, theirs := connected(t)
	l := newLine(ours)
	random := rand.New(rand.NewChaCha8([32]byte{1}))
	var sent []byte
	write := func() {
		chunk := make([]byte, 1+random.IntN(200_000))
		for i := range chunk {
			chunk[i] = byte(random.Uint32())
		}
		if n, err := l.Write(chunk); n != len(chunk) || err != nil {
			t.Fatalf("wrote %d of %d: %v", n, len(chunk), err)
		}
		sent = append(sent, chunk...)
	}
	for range 5 {
		for !l.holds() {
			write()
		}
		write() // after what is held, not before it
		got := receive(t, theirs, len(sent))
		if err := l.bringOut(time.Minute); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(<-got, sent) {
			t.Fatal("what came is not what was sent")
		}
		sent = nil
	}
}

// receive reads n bytes beside the test.
func receive(t *testing.T, c net.Conn, n int) <-chan []byte {
	got := make(chan []byte, 1)
	go func() {
		b := make([]byte, n)
		if _, err := io.ReadFull(c, b); err != nil {
			t.Error(err)
		}
		got <- b
	}()
	return got
}

// Who writes while somebody brings out what is held comes after it, and does not wait for it.
func TestLineKeepsOrderBesideWhoBringsOut(t *testing.T) {
	ours, theirs := connected(t)
	l := newLine(ours)
	before, after := bytes.Repeat([]byte("a"), 100_000), bytes.Repeat([]byte("b"), 100_000)
	n := 0
	for ; !l.holds(); n++ {
		_, _ = l.Write(before)
	}
	out := make(chan error)
	go func() { out <- l.bringOut(time.Minute) }()
	for bringing := false; !bringing; runtime.Gosched() {
		l.mu.Lock()
		bringing = l.bringing
		l.mu.Unlock()
	}
	if _, err := l.Write(after); err != nil { // nobody reads yet
		t.Fatal(err)
	}
	got := receive(t, theirs, n*len(before)+len(after))
	if err := <-out; err != nil {
		t.Fatal(err)
	}
	if b := <-got; bytes.Count(b[:n*len(before)], []byte("b")) != 0 {
		t.Error("what was written later overtook what was held")
	}
}

// Bringing out ends with its patience, which fails nothing that does not wait.
func TestLineWaitsForItsDeadline(t *testing.T) {
	ours, theirs := connected(t)
	l := newLine(ours)
	for !l.holds() {
		_, _ = l.Write(make([]byte, 100_000))
	}
	if err := l.bringOut(10 * time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("%v", err)
	}
	if _, err := l.Write([]byte("x")); err != nil {
		t.Errorf("the deadline of a patient write failed one that does not wait: %v", err)
	}
	theirs.Close()
	ours.Close()
	l.held = nil
	if _, err := l.Write([]byte("x")); err == nil {
		t.Error("wrote to a connection that is closed")
	}
}

// A client that does not read sends what is no frame: gorilla answers from the reader while the writer is at its wits' end.
func TestABrokenFrameBesideAStuckWriter(t *testing.T) {
	opened := make(chan *spring, 1)
	h := open(t, springs(opened))
	c := h.acknowledged(t)
	c.say(subscribe("1", waits))
	s := <-opened
	const answers = 300 // more than the kernel holds
	text := strings.Repeat("x", 60_000)
	for range answers {
		s.pour(Encode(&graphql.Response{Data: []byte(`{"waits":{"text":"` + text + `"}}`)}))
	}
	stuck := func() bool {
		for c := range h.live {
			if c := c.(*socket); func() bool { c.line.mu.Lock(); defer c.line.mu.Unlock(); return c.line.bringing }() {
				return true
			}
		}
		return false
	}
	for at := false; !at; runtime.Gosched() {
		h.mu.Lock()
		at = stuck()
		h.mu.Unlock()
	}
	if _, err := c.NetConn().Write([]byte{0x81, 0x00}); err != nil { // not masked
		t.Fatal(err)
	}
	for { // whole frames, then the word that closes
		_, data, err := c.ReadMessage()
		if err != nil {
			if !websocket.IsCloseError(err, websocket.CloseProtocolError) {
				t.Error(err)
			}
			return
		}
		if !json.Valid(data) {
			t.Fatalf("half a frame: %.80s", data)
		}
	}
}

// A client that reads late gets every answer whole and in order, over a connection of the kernel's.
func TestAClientThatReadsLate(t *testing.T) {
	opened := make(chan *spring, 1)
	h := open(t, springs(opened))
	c := h.acknowledged(t)
	c.say(subscribe("1", waits))
	s := <-opened
	text := func(n int) string { return string(bytes.Repeat([]byte{byte('a' + n%26)}, 60_000)) }
	const answers = 300 // more than the kernel holds
	for n := range answers {
		s.pour(Encode(&graphql.Response{Data: []byte(`{"waits":{"text":"` + text(n) + `"}}`)}))
	}
	for n := range answers {
		c.hear(`{"id":"1","type":"next","payload":{"data":{"waits":{"text":"` + text(n) + `"}}}}`)
	}
	c.say(subscribe("2", `{ who }`))
	c.hear(`{"id":"2","type":"next","payload":{"data":{"who":""}}}`, `{"id":"2","type":"complete"}`)
}
