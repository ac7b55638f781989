package upload

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"io/fs"
	"regexp"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/upload"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
)

// fileField is what the route calls the file.
const fileField = "file"

// busy is how long a client that sends too much at once waits.
const busy = time.Second

// Put keeps a file of the viewer's, to be sent later. Its faults are at the field file: UnsupportedFile,
// PayloadTooLarge as soon as it is known, Required for an empty one, and TooManyRequests where too
// much of his is here unsent or on its way. An error of content comes back as it is.
func (s *Service) Put(ctx context.Context, name string, content io.Reader) (_ *db.Upload, err error) {
	defer fault.Wrap(&err, "upload.Put")
	viewer, err := identity.Require(ctx)
	if err != nil {
		return nil, err
	}
	name = cleanName(name)
	limit, err := limitOf(name)
	if err != nil {
		return nil, err
	}
	leave, err := s.enter(viewer.UserID)
	if err != nil {
		return nil, err
	}
	defer leave()
	if err := s.room(ctx, viewer.UserID); err != nil {
		return nil, err
	}
	id := schema.NewID(schema.PrefixUpload)
	measured := &measure{from: content, limit: limit, hash: sha256.New()}
	var is kind
	err = s.Store.Put(ctx, id, measured, func(whole io.ReaderAt, size int64) error {
		is, name, err = identify(name, whole, size)
		return err
	})
	if err != nil {
		return nil, err
	}
	row, err := s.database.Writer.Upload.Create().SetID(id).SetOwnerID(viewer.UserID).SetName(name).SetContentType(is.contentType).
		SetSize(measured.size).SetSha256(hex.EncodeToString(measured.hash.Sum(nil))).SetCreatedAt(s.now()).SetUpdatedAt(s.now()).Save(ctx)
	if err != nil {
		return nil, errors.Join(err, s.Store.Remove(context.WithoutCancel(ctx), id))
	}
	return row, nil
}

// idForm is what an id of a file looks like.
var idForm = regexp.MustCompile(`^` + schema.PrefixUpload + `_[0-9a-v]+$`)

// Open gives a file that the viewer sees, for a download; whoever opens closes. NotFound where there is
// none, and where its bytes are no longer kept.
func (s *Service) Open(ctx context.Context, id string) (_ *db.Upload, _ Content, err error) {
	defer fault.Wrap(&err, "upload.Open")
	if !idForm.MatchString(id) { // what stands in an address may be anything
		return nil, nil, fault.New(fault.NotFound)
	}
	row, err := s.database.Reader.Upload.Get(ctx, id)
	if db.IsNotFound(err) {
		return nil, nil, fault.New(fault.NotFound)
	}
	if err != nil {
		return nil, nil, err
	}
	content, err := s.Store.Open(ctx, id)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fault.New(fault.NotFound)
	}
	return row, content, err
}

// enter counts a file that begins to come.
func (s *Service) enter(userID string) (leave func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.coming[userID] >= maxAtOnce {
		return nil, fault.New(fault.TooManyRequests, fileField).After(busy)
	}
	s.coming[userID]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.coming[userID]--; s.coming[userID] == 0 {
			delete(s.coming, userID)
		}
	}, nil
}

// room refuses a user who has too much here that he did not send; the oldest goes first, by itself.
func (s *Service) room(ctx context.Context, userID string) error {
	unsent, err := s.database.Reader.Upload.Query().Where(upload.OwnerID(userID), upload.AttemptIDIsNil()).
		Order(upload.ByID()).Select(upload.FieldSize, upload.FieldCreatedAt).All(identity.System(ctx))
	if err != nil {
		return err
	}
	var bytes int64
	for _, row := range unsent {
		bytes += row.Size
	}
	if len(unsent) < maxUnsent && bytes < maxUnsentBytes {
		return nil
	}
	wait := unsent[0].CreatedAt.Add(keepUnsent).Sub(s.now()) + sweepEvery
	return fault.New(fault.TooManyRequests, fileField).After(max(wait, busy))
}

// measure counts and hashes what passes, and ends it when it is more than a limit.
type measure struct {
	from  io.Reader
	limit int64
	size  int64
	hash  hash.Hash
}

func (m *measure) Read(p []byte) (int, error) {
	// One byte more than is left tells a file at the limit from one above it.
	if room := m.limit - m.size + 1; int64(len(p)) > room {
		p = p[:room]
	}
	n, err := m.from.Read(p)
	m.size += int64(n)
	if m.size > m.limit {
		return 0, tooLarge(m.limit)
	}
	m.hash.Write(p[:n]) // never fails
	return n, err
}

func tooLarge(limit int64) error {
	return fault.New(fault.PayloadTooLarge, fileField).With("max", limit>>20)
}
