package sandbox

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Caps of the body of a write: of one without files, and of one with six audio files of 7 MB and the text around them.
const (
	maxReply = 1 << 20
	maxForm  = 48 << 20
)

// form is what a write carries, whatever its encoding.
type form struct {
	fields map[string]string
	files  []upload
}

// upload is a file as it came; content holds at most one byte over the greatest limit.
type upload struct {
	name    string
	content []byte
}

// The encodings of a write, as Switches.MessageEncoding names them.
var encodings = map[string]string{
	"multipart": "multipart/form-data", "urlencoded": "application/x-www-form-urlencoded", "json": "application/json",
}

// readForm takes the fields from any of the encodings that clients were seen to use; only "" allows all of them.
func readForm(r *http.Request, limit int64, only string) (form, error) {
	r.Body = http.MaxBytesReader(nil, r.Body, limit)
	kind, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return form{}, refuse(4000, "Content-Type ausente ou inválido.")
	}
	if only != "" && kind != encodings[only] {
		return form{}, refuse(4150, "Content-Type não suportado.")
	}
	switch kind {
	case "application/json":
		return readJSONForm(r.Body)
	case "multipart/form-data":
		return readMultipart(multipart.NewReader(r.Body, parameters["boundary"]))
	case "application/x-www-form-urlencoded":
		if err := r.ParseForm(); err != nil {
			return form{}, unreadable(err)
		}
		f := form{fields: map[string]string{}}
		for key := range r.PostForm {
			f.fields[key] = r.PostForm.Get(key)
		}
		return f, nil
	}
	return form{}, refuse(4150, "Content-Type não suportado.")
}

// readJSONForm takes texts and numbers, since clients send an id as either.
func readJSONForm(body io.Reader) (form, error) {
	var raw map[string]json.RawMessage
	if err := json.NewDecoder(body).Decode(&raw); err != nil {
		return form{}, unreadable(err)
	}
	f := form{fields: map[string]string{}}
	for key, value := range raw {
		var text string
		if json.Unmarshal(value, &text) != nil {
			text = string(value)
		}
		f.fields[key] = text
	}
	return f, nil
}

func readMultipart(parts *multipart.Reader) (form, error) {
	f := form{fields: map[string]string{}}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return f, nil
		}
		if err != nil {
			return f, unreadable(err)
		}
		content, err := io.ReadAll(io.LimitReader(part, maxAudio+1))
		if err != nil {
			return f, unreadable(err)
		}
		if part.FileName() == "" {
			f.fields[part.FormName()] = string(content)
			continue
		}
		if part.FormName() != "file" {
			return f, refuse(4000, "Arquivo em campo desconhecido: "+part.FormName())
		}
		f.files = append(f.files, upload{part.FileName(), content})
	}
}

func unreadable(err error) error {
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		return refuse(4130, "O conteúdo enviado é grande demais.")
	}
	return refuse(4000, "Requisição inválida.")
}

// id is the HugMe id that a form or a path names. A source_external_id is simply the id of no ticket.
func ticketID(text string) (int64, error) {
	id, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil {
		return 0, refuse(4220, "O campo id deve ser o id numérico do ticket.")
	}
	return id, nil
}

// require names the first field that is missing.
func (f form) require(names ...string) error {
	i := slices.IndexFunc(names, func(name string) bool { return strings.TrimSpace(f.fields[name]) == "" })
	if i < 0 {
		return nil
	}
	return refuse(4220, "O campo "+names[i]+" é obrigatório.")
}

// message checks the text of a message; its greatest length is unknown, so by default it has none.
func (f form) message(sw Switches) (string, error) {
	text := f.fields["message"]
	if sw.MaxMessage > 0 && len([]rune(text)) > sw.MaxMessage {
		return "", refuse(4220, "O campo message tem no máximo "+strconv.Itoa(sw.MaxMessage)+" caracteres.")
	}
	return text, nil
}
