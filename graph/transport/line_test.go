package transport

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
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

// A line that hurries never waits, holds what the kernel does not take, and loses nothing and no order.
func TestLineHoldsWhatTheKernelDoesNotTake(t *testing.T) {
	ours, theirs := connected(t)
	l := newLine(ours)
	l.hurry()
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
		for len(l.held) == 0 {
			write()
		}
		write() // after what is held, not before it
		got := make(chan []byte)
		go func(n int) {
			b := make([]byte, n)
			if _, err := io.ReadFull(theirs, b); err != nil {
				t.Error(err)
			}
			got <- b
		}(len(sent))
		if err := l.wait(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(<-got, sent) {
			t.Fatal("what came is not what was sent")
		}
		sent = nil
		l.hurry()
	}
}

// A patient write ends with its deadline, and the deadline with the patience.
func TestLineWaitsForItsDeadline(t *testing.T) {
	ours, theirs := connected(t)
	l := newLine(ours)
	l.hurry()
	for len(l.held) == 0 {
		_, _ = l.Write(make([]byte, 100_000))
	}
	if err := l.wait(time.Now().Add(10 * time.Millisecond)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("%v", err)
	}
	l.hurry()
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
