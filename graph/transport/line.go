package transport

import (
	"bufio"
	"net"
	"syscall"
	"time"
)

// line is the connection below a socket. Whoever writes to it for many sockets in turn must not wait for one client: at first
// it gives the kernel what that takes at once and holds the rest, and somebody with time of his own brings it out. Reading is
// the connection's. One goroutine at a time writes.
type line struct {
	net.Conn
	incoming *bufio.Reader   // of what comes, shared with the WebSocket above
	raw      syscall.RawConn // nil where the kernel cannot be asked without waiting
	patient  bool            // each write waits until it is out, or for the deadline
	deadline time.Time       // of a patient write
	held     []byte          // what the kernel did not take

	trying []byte // of try
	taken  int
	failed error
}

// readBuffer is in bytes: enough for most of what clients say at once.
const readBuffer = 512

// newLine gives a line that is patient, as a handshake needs.
func newLine(c net.Conn) *line {
	l := &line{Conn: c, patient: true, incoming: bufio.NewReaderSize(c, readBuffer)}
	if s, ok := c.(syscall.Conn); ok && attempts {
		if raw, err := s.SyscallConn(); err == nil {
			l.raw = raw
		}
	}
	return l
}

// await returns when there is something to read, or nothing any more. Thousands wait here, with little on their stacks.
func (l *line) await() { _, _ = l.incoming.Peek(1) } // the next read meets the same error

// SetWriteDeadline is for the next patient writes: one that does not wait has no use for the timer.
func (l *line) SetWriteDeadline(t time.Time) error {
	l.deadline = t
	return nil
}

// SetDeadline is the two of them.
func (l *line) SetDeadline(t time.Time) error {
	l.deadline = t
	return l.SetReadDeadline(t)
}

// Write takes all of b, or the connection is lost.
func (l *line) Write(b []byte) (int, error) {
	if l.patient {
		if err := l.Conn.SetWriteDeadline(l.deadline); err != nil {
			return 0, err
		}
		return l.Conn.Write(b)
	}
	n := 0
	if l.raw != nil && len(l.held) == 0 {
		var err error
		if n, err = l.attempt(b); err != nil {
			return n, err
		}
	}
	l.held = append(l.held, b[n:]...)
	return len(b), nil
}

// attempt gives the kernel what it takes at once.
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

// wait makes the line patient, and brings out what it holds until the deadline.
func (l *line) wait(deadline time.Time) error {
	l.patient, l.deadline = true, deadline
	held := l.held
	l.held = nil
	if len(held) == 0 {
		return nil
	}
	_, err := l.Write(held)
	return err
}

// hurry ends the patience: the deadline of a write that is over must not fail one that does not wait.
func (l *line) hurry() {
	l.patient = false
	_ = l.Conn.SetWriteDeadline(time.Time{}) // of a connection that is closed: the next write says so
}
