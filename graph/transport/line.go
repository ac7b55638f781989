package transport

import (
	"bufio"
	"net"
	"sync"
	"syscall"
	"time"
)

// line is the connection below a socket. Whoever writes to it for many sockets in turn must not wait for one client: a write
// gives the kernel what that takes at once and holds the rest, until somebody with time of his own brings it out. Reading is
// the connection's. The socket's writer is not alone: to a frame that is none gorilla answers from where it reads.
type line struct {
	net.Conn
	incoming *bufio.Reader   // of what comes, shared with the WebSocket above
	raw      syscall.RawConn // nil where the kernel cannot be asked without waiting

	mu       sync.Mutex // guards what follows; nobody waits for the client under it
	held     []byte     // what the kernel did not take
	bringing bool       // somebody brings it out: what comes is held, too, and keeps its place

	trying []byte // of try
	taken  int
	failed error
}

// readBuffer is in bytes: enough for most of what clients say at once.
const readBuffer = 512

func newLine(c net.Conn) *line {
	l := &line{Conn: c, incoming: bufio.NewReaderSize(c, readBuffer)}
	if s, ok := c.(syscall.Conn); ok && attempts {
		if raw, err := s.SyscallConn(); err == nil {
			l.raw = raw
		}
	}
	return l
}

// await returns when there is something to read, or nothing any more. Thousands wait here, with little on their stacks.
func (l *line) await() { _, _ = l.incoming.Peek(1) } // the next read meets the same error

// SetWriteDeadline does nothing: who brings out what is held has a deadline of his own, and no other write waits.
func (l *line) SetWriteDeadline(time.Time) error { return nil }

// Write takes all of b, or the connection is lost.
func (l *line) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	if l.raw != nil && !l.bringing && len(l.held) == 0 {
		var err error
		if n, err = l.attempt(b); err != nil {
			return n, err
		}
	}
	l.held = append(l.held, b[n:]...)
	return len(b), nil
}

// holds says whether something must be brought out.
func (l *line) holds() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.held) > 0
}

// attempt gives the kernel what it takes at once; the caller holds mu.
func (l *line) attempt(b []byte) (int, error) {
	l.trying, l.taken, l.failed = b, 0, nil
	err := l.raw.Write(l.try)
	l.trying = nil
	if err == nil {
		err = l.failed
	}
	return l.taken, err
}

// try is done at once, whatever came of it.
func (l *line) try(fd uintptr) (done bool) {
	for len(l.trying) > l.taken {
		n, again, err := writeNow(fd, l.trying[l.taken:])
		l.failed = err
		l.taken += n
		if again || err != nil {
			break
		}
	}
	return true
}

// bringOut waits until the client has taken what is held, each write of it no longer than patience. One goroutine at a time does.
func (l *line) bringOut(patience time.Duration) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.held) == 0 {
		return nil
	}
	l.bringing = true
	defer func() {
		l.bringing = false
		_ = l.Conn.SetWriteDeadline(time.Time{}) // a deadline that is over fails also what does not wait
	}()
	for len(l.held) > 0 {
		held := l.held
		l.held = nil
		if err := l.put(held, time.Now().Add(patience)); err != nil {
			return err
		}
	}
	return nil
}

// put is a write that waits. The caller holds mu, and has it again afterwards.
func (l *line) put(b []byte, deadline time.Time) error {
	l.mu.Unlock()
	defer l.mu.Lock()
	if err := l.Conn.SetWriteDeadline(deadline); err != nil {
		return err
	}
	_, err := l.Conn.Write(b)
	return err
}
