package upload

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Folder is a Store in a directory of this machine, for the product's user alone. Files are spread over
// 256 folders, since a folder with very many entries is slow on most file systems.
type Folder struct{ path string }

// OpenFolder makes the directory where it is missing.
func OpenFolder(path string) (*Folder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("uploads: %w", err)
	}
	return &Folder{path}, nil
}

// partial ends the name of what is not yet whole.
const partial = ".part"

// kept is what a name here looks like, so that none leads out of the directory.
var kept = regexp.MustCompile(`^[a-z]{3}_[0-9a-z]{1,36}(\.part)?$`)

func (f *Folder) place(id string) (string, error) {
	if !kept.MatchString(id) {
		return "", fmt.Errorf("uploads: no such id: %w", fs.ErrNotExist)
	}
	spread := sha256.Sum256([]byte(strings.TrimSuffix(id, partial))) // a remnant lies beside its place
	return filepath.Join(f.path, hex.EncodeToString(spread[:1]), id), nil
}

// Put writes beside the place and moves there: a crash leaves the whole file or a remnant.
func (f *Folder) Put(_ context.Context, id string, r io.Reader, inspect func(io.ReaderAt, int64) error) error {
	place, err := f.place(id)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(place), 0o700); err != nil {
		return err
	}
	if err := writeWhole(place+partial, r, inspect); err != nil {
		return errors.Join(err, remove(place+partial))
	}
	if err := os.Rename(place+partial, place); err != nil {
		return errors.Join(err, remove(place+partial))
	}
	return syncEntries(filepath.Dir(place))
}

func writeWhole(path string, r io.Reader, inspect func(io.ReaderAt, int64) error) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	size, err := io.Copy(file, r)
	if err == nil {
		err = inspect(file, size)
	}
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// syncEntries makes the entries of a directory durable.
func syncEntries(path string) error {
	directory, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(directory.Sync(), directory.Close())
}

func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Open opens the file.
func (f *Folder) Open(_ context.Context, id string) (Content, error) {
	place, err := f.place(id)
	if err != nil {
		return nil, err
	}
	return os.Open(place)
}

// Remove removes the file.
func (f *Folder) Remove(_ context.Context, id string) error {
	place, err := f.place(id)
	if err != nil {
		return nil // nothing of that name can be here
	}
	return remove(place)
}

// List walks the directory; what is not of this store's making stays unnamed.
func (f *Folder) List(ctx context.Context) iter.Seq2[Stored, error] {
	return func(yield func(Stored, error) bool) {
		err := filepath.WalkDir(f.path, func(_ string, entry fs.DirEntry, err error) error {
			if err := errors.Join(err, ctx.Err()); err != nil {
				return err
			}
			if !entry.Type().IsRegular() || !kept.MatchString(entry.Name()) {
				return nil
			}
			info, err := entry.Info()
			if errors.Is(err, fs.ErrNotExist) {
				return nil // moved to its place, or removed, meanwhile
			}
			if err == nil && !yield(Stored{entry.Name(), info.ModTime()}, nil) {
				return fs.SkipAll
			}
			return err
		})
		if err != nil {
			yield(Stored{}, err)
		}
	}
}
