package upload

import (
	"io"
	"log/slog"
	"sync"
	"time"

	"citrus.cx/channel/server/database"
)

// MaxFiles is how many files go with one message: Reclame Aqui's limit (wire contract, section 5, "Attachments").
const MaxFiles = 6

// Reclame Aqui's limits of one file in bytes, of the same section; it takes a MB as 1024².
const (
	maxAudio = 7 << 20
	maxOther = 3 << 20
)

// What one user may have here without sending it: room for many drafts, and a bound for a client
// that has gone wild. It is counted when a file begins, so files that come at once may pass it by
// what maxAtOnce allows.
const (
	maxUnsent      = 100       // files
	maxUnsentBytes = 200 << 20 // bytes
	maxAtOnce      = 2 * MaxFiles
)

// Options of New.
type Options struct {
	// Store has the bytes.
	Store Store
	// Now is the clock.
	Now func() time.Time
	// Log hears of failures of ours; names and contents of files are never in it.
	Log *slog.Logger
}

// Service keeps files until they are sent, and for some time after.
type Service struct {
	database *database.DB
	Options

	mu     sync.Mutex
	coming map[string]int // files that are being received, by user
}

// New makes the service.
func New(d *database.DB, o Options) *Service {
	return &Service{database: d, Options: o, coming: map[string]int{}}
}

// File is one of an attempt's files, to be sent.
type File struct {
	Name        string
	ContentType string
	Size        int64 // bytes
	// Open begins to read it; whoever opens closes. It may be opened again for another try.
	Open func() (io.ReadCloser, error)
}

// now is the present as both databases keep it.
func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Microsecond) }
