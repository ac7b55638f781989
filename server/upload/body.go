package upload

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"

	"citrus.cx/channel/server/fault"
)

// envelope is what a body may have around the file, in bytes, before it and after it again: boundaries
// and headers. The reader of forms alone would keep headers of 10 MB in memory.
const envelope = 16 << 10

// onlyFile gives the one file of a multipart/form-data body, its part "file", as a stream: the end of
// the stream is the end of the body. What is wrong with the body is a fault at the field file.
//
// A form and not a bare body: it is what browsers and every client's library send, with the file's name
// in it, in any alphabet.
func onlyFile(r *http.Request) (name string, content io.Reader, err error) {
	if r.ContentLength > maxAudio+2*envelope {
		return "", nil, tooLarge(maxAudio)
	}
	body := &io.LimitedReader{R: r.Body, N: envelope}
	form := *r
	form.Body = io.NopCloser(body)
	parts, err := form.MultipartReader()
	if err != nil {
		return "", nil, malformed("o corpo deve ser multipart/form-data", "the body must be multipart/form-data")
	}
	part, err := parts.NextPart()
	if errors.Is(err, io.EOF) && body.N > 0 {
		return "", nil, fault.New(fault.Required, fileField)
	}
	if err != nil {
		return "", nil, brokenOff(err)
	}
	if part.FormName() != fileField || part.FileName() == "" {
		return "", nil, malformed("o formulário deve ter um único arquivo, chamado file", "the form must have one file alone, named file")
	}
	body.N = maxAudio + 2*envelope
	return part.FileName(), &only{part, parts, body}, nil
}

// only reads a part that must be the last one.
type only struct {
	part  *multipart.Part
	parts *multipart.Reader
	body  *io.LimitedReader
}

func (o *only) Read(p []byte) (int, error) {
	n, err := o.part.Read(p)
	if n > 0 || err == nil {
		return n, nil
	}
	if !errors.Is(err, io.EOF) {
		return 0, brokenOff(err)
	}
	o.body.N = min(o.body.N, envelope)
	switch _, err := o.parts.NextPart(); {
	case errors.Is(err, io.EOF):
		return 0, io.EOF
	case err != nil:
		return 0, brokenOff(err)
	}
	return 0, malformed("um arquivo por envio", "one file a request")
}

// brokenOff is a body that ended too early, came too slowly, or is no form inside.
func brokenOff(err error) error {
	return malformed("o envio foi interrompido ou está malformado", "the upload was broken off or is malformed").Because(err)
}

func malformed(pt, en string) *fault.Error {
	return fault.New(fault.Invalid, fileField).With("reason", fault.Text{PT: pt, EN: en})
}
