package reclameaqui

import (
	"errors"
	"io"
	"io/fs"
)

// File is an attachment of a private message or a moderation request, sent as the part "file" (known from one client; several
// files repeat the part, which is inferred). The limits, 6 files of 3 MiB each, audio 7 MiB, and a list of types, are not checked
// here: RA refuses with 4098 or 40922, and callers who want to spare the call look first.
type File struct {
	Name string
	// ContentType is sent as given; "" and what is no media type become application/octet-stream.
	ContentType string
	// Size is exactly how many bytes Open gives: it is promised to RA before the first is sent.
	Size int64
	// Open begins the file anew. It is called once for each attempt of a call, before the Gate is asked.
	Open func() (io.ReadCloser, error)
}

var (
	errFileSize   = errors.New("the file is not as long as its size says")
	errFileFields = errors.New("a file needs a name, a size and a way to open it")
)

// fileError is what went wrong with a file of ours. Its text has no name and no path.
type fileError struct{ cause error }

func (*fileError) Error() string   { return "a file of the call cannot be read as described" }
func (e *fileError) Unwrap() error { return e.cause }

// open opens the file, and compares its size where the file system knows it, which is before anything is sent.
func (f *File) open() (io.ReadCloser, error) {
	if f.Name == "" || f.Size < 0 || f.Open == nil {
		return nil, &fileError{errFileFields}
	}
	file, err := f.Open()
	if err != nil {
		return nil, &fileError{err}
	}
	if on, ok := file.(interface{ Stat() (fs.FileInfo, error) }); ok {
		info, err := on.Stat()
		if err == nil && info.Mode().IsRegular() && info.Size() != f.Size {
			_ = file.Close()
			return nil, &fileError{errFileSize}
		}
	}
	return file, nil
}

// exact reads so many bytes and then the end. A file that is longer or shorter fails, so that RA, which was promised a length, never
// gets the whole of a post with half a file in it.
type exact struct {
	from io.Reader
	left int64
}

func (e *exact) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, e.end()
	}
	n, err := e.from.Read(p[:min(int64(len(p)), e.left)])
	e.left -= int64(n)
	switch {
	case err == nil, errors.Is(err, io.EOF) && e.left == 0:
		return n, nil // the next read sees to the end
	case errors.Is(err, io.EOF):
		err = errFileSize
	}
	return n, &fileError{err}
}

func (e *exact) end() error {
	n, err := io.ReadFull(e.from, make([]byte, 1))
	switch {
	case n > 0:
		return &fileError{errFileSize}
	case errors.Is(err, io.EOF):
		return io.EOF
	}
	return &fileError{err}
}
