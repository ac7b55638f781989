package upload

import (
	"context"
	"io"
	"iter"
	"time"
)

// Store keeps the bytes of files under their ids. Folder is one; a service for objects could be another.
type Store interface {
	// Put keeps all that r gives, if inspect, who sees it whole, agrees. It is kept durably and at
	// once, or not at all: after an error, be it r's or inspect's, nothing is left.
	Put(ctx context.Context, id string, r io.Reader, inspect func(content io.ReaderAt, size int64) error) error
	// Open reads what is kept; fs.ErrNotExist where nothing is.
	Open(ctx context.Context, id string) (Content, error)
	// Remove forgets it; no error where nothing is kept.
	Remove(ctx context.Context, id string) error
	// List names all that lies in the store, what a crash left half written too.
	List(ctx context.Context) iter.Seq2[Stored, error]
}

// Content is an open file.
type Content interface {
	io.ReadSeekCloser
}

// Stored is something in a store. Its id is an upload's, unless it is a remnant.
type Stored struct {
	ID string
	At time.Time // when it was last written
}
