package reclameaqui

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
)

// payload is the body of a call: texts and files in their order. It can be opened again for the repetition after a 401, its length
// is known before anything is sent, and no file is ever in memory.
type payload struct {
	contentType string
	pieces      []piece
	length      int64
}

// piece is either a text or a file.
type piece struct {
	text []byte
	file *File
}

// part is one field of a form.
type part struct{ name, value string }

func (p *payload) addText(text []byte) {
	p.pieces = append(p.pieces, piece{text: bytes.Clone(text)})
	p.length += int64(len(text))
}

func (p *payload) addFile(f File) {
	p.pieces = append(p.pieces, piece{file: &f})
	p.length += f.Size
}

// newForm makes a form as multipart, which most known clients send. Each file is a part named "file"; several repeat it.
func newForm(parts []part, files []File) *payload {
	var p payload
	var text bytes.Buffer
	// Writing into memory does not fail.
	form := multipart.NewWriter(&text)
	p.contentType = form.FormDataContentType()
	for _, field := range parts {
		_ = form.WriteField(field.name, field.value)
	}
	for _, f := range files {
		_, _ = form.CreatePart(f.header())
		p.addText(text.Bytes())
		p.addFile(f)
		text.Reset()
	}
	_ = form.Close()
	p.addText(text.Bytes())
	return &p
}

// header is a file's part. A content type that is none, or holds a line break, is not sent.
func (f File) header() textproto.MIMEHeader {
	contentType := f.ContentType
	if _, _, err := mime.ParseMediaType(contentType); err != nil {
		contentType = "application/octet-stream"
	}
	return textproto.MIMEHeader{
		"Content-Disposition": {multipart.FileContentDisposition("file", f.Name)},
		"Content-Type":        {contentType},
	}
}

// newURLEncoded makes a form as browsers send one without files.
func newURLEncoded(parts []part) *payload {
	v := url.Values{}
	for _, field := range parts {
		v.Set(field.name, field.value)
	}
	p := &payload{contentType: "application/x-www-form-urlencoded"}
	p.addText([]byte(v.Encode()))
	return p
}

// newJSON makes an object of texts: RA's ids are text in JSON too.
func newJSON(parts []part) *payload {
	fields := make(map[string]string, len(parts))
	for _, field := range parts {
		fields[field.name] = field.value
	}
	// A map of texts always encodes.
	body, _ := json.Marshal(fields)
	p := &payload{contentType: "application/json"}
	p.addText(body)
	return p
}

// open opens all files, or none. The error is a *fileError.
func (p *payload) open() (io.ReadCloser, error) {
	if p == nil || p.length == 0 {
		return http.NoBody, nil
	}
	var s stream
	readers := make([]io.Reader, 0, len(p.pieces))
	for _, piece := range p.pieces {
		if piece.file == nil {
			readers = append(readers, bytes.NewReader(piece.text))
			continue
		}
		file, err := piece.file.open()
		if err != nil {
			_ = s.Close()
			return nil, err
		}
		s.files = append(s.files, file)
		readers = append(readers, &exact{from: file, left: piece.file.Size})
	}
	s.Reader = io.MultiReader(readers...)
	return &s, nil
}

// stream reads the pieces one after another.
type stream struct {
	io.Reader
	files []io.Closer
}

// Close closes the files. They were only read, so their errors say nothing.
func (s *stream) Close() error {
	for _, f := range s.files {
		_ = f.Close()
	}
	return nil
}
