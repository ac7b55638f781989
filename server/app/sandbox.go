package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"citrus.cx/channel/server/reclameaqui/sandbox"
)

type sandboxCommand struct{}

// Run serves the simulator until it is told to end.
func (sandboxCommand) Run(p *process) error {
	s, err := startSandbox(p.config, p.log)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "Reclame Aqui simulator  http://%s/      API http://%s/api      client demo-client / demo-secret\n", s.address, s.address)
	return s.run(p.ctx)
}

// simulator is a running Reclame Aqui.
type simulator struct {
	*sandbox.Server
	address  string
	listener net.Listener
	http     *http.Server
	lock     *os.File
}

// startSandbox opens the simulator's door; its state is in the data folder, so that a restart goes on where it was.
func startSandbox(c Config, log *slog.Logger) (*simulator, error) {
	if !loopback(c.SandboxListen) {
		return nil, fmt.Errorf("the simulator has no sign-in: it listens on loopback alone, not on %s", c.SandboxListen)
	}
	if c.SandboxRate < 1 {
		return nil, fmt.Errorf("CITRUS_SANDBOX_RATE: %d is no number of calls a minute", c.SandboxRate)
	}
	if c.SandboxComplaints < 0 {
		return nil, fmt.Errorf("CITRUS_SANDBOX_COMPLAINTS: %d is no number of complaints", c.SandboxComplaints)
	}
	complaints := c.SandboxComplaints
	if complaints == 0 {
		complaints = -1 // the simulator's own zero is its default
	}
	lock, err := holdFolder(c.DataDir)
	if err != nil {
		return nil, err
	}
	s, err := sandbox.New(sandbox.Config{
		Rate: c.SandboxRate, Complaints: complaints, StateFile: filepath.Join(c.DataDir, "sandbox.jsonl"), Log: log,
	})
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	listener, err := net.Listen("tcp", c.SandboxListen)
	if err != nil {
		return nil, errors.Join(err, s.Close(), lock.Close())
	}
	return &simulator{
		Server: s, lock: lock, address: listener.Addr().String(), listener: listener,
		http: &http.Server{Handler: s.Handler(), ReadHeaderTimeout: 10 * time.Second},
	}, nil
}

// run serves until ctx ends and everything of it has stopped.
func (s *simulator) run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var group sync.WaitGroup
	var living, serving error
	group.Go(func() { living = s.Run(ctx) })
	group.Go(func() {
		serving = s.http.Serve(s.listener)
		stop()
	})
	<-ctx.Done()
	closing, cancel := context.WithTimeout(context.Background(), shutdownPatience)
	defer cancel()
	ended := s.http.Shutdown(closing)
	group.Wait()
	if errors.Is(serving, http.ErrServerClosed) {
		serving = nil
	}
	return errors.Join(serving, living, ended, s.Close(), s.lock.Close())
}

// holdFolder keeps a second simulator out of the data folder, whose journal has one writer. The lock
// ends when the file is closed, at the latest with the process.
func holdFolder(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(filepath.Join(dir, "sandbox.lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("another simulator uses the data folder %s: give this one another CITRUS_DATA_DIR", dir), lock.Close())
	}
	return lock, nil
}
