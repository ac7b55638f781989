package sandbox

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// Limits of section 5, MB taken as 1024².
const (
	maxFiles = 6
	maxAudio = 7 << 20
	maxOther = 3 << 20
)

// fileTypes are the endings that RA takes, with their content types; audio is what may be larger.
var fileTypes = map[string]string{
	"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "pdf": "application/pdf",
	"doc": "application/msword", "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	"xls": "application/vnd.ms-excel", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv",
	"mp3": "audio/mpeg", "wma": "audio/x-ms-wma", "ogg": "audio/ogg", "aac": "audio/aac",
}

var audioTypes = []string{"mp3", "wma", "ogg", "aac"}

func ending(name string) string { return strings.ToLower(strings.TrimPrefix(path.Ext(name), ".")) }

// File is an attachment whose content the sandbox keeps.
type File struct {
	Key  string `json:"key"` // of its content
	Name string `json:"name"`
	Size int    `json:"size"`
	// Base is where the sandbox was reached when the file came; it begins the file's address.
	Base string `json:"base,omitempty"`
}

// value is what a detail says of the file. As in the contract's examples that is an address in public and a name in the
// private thread, unless a switch says otherwise.
func (f File) value(typeID int, sw Switches) string {
	private := typeID == detailPrivateAttachment
	if sw.AttachmentValue == "name" || sw.AttachmentValue == "" && private {
		return f.Name
	}
	base := f.Base
	if base == "" {
		base = "https://files.example.com"
	}
	return base + "/api/files/" + f.Key + "/" + url.PathEscape(f.Name)
}

// checkUploads gives the error of the first file that RA would not take.
func checkUploads(files []upload, sw Switches) error {
	if len(files) > maxFiles {
		return refuse(4098, "No máximo 6 anexos por mensagem.")
	}
	for _, f := range files {
		limit := maxOther
		if slices.Contains(audioTypes, ending(f.name)) {
			limit = maxAudio
		}
		switch {
		case fileTypes[ending(f.name)] == "":
			return refuse(40922, "Tipo de anexo não suportado: "+ending(f.name))
		case len(f.content) > limit:
			return refuse(orElse(sw.TooBigCode, 40922), "O anexo excede o tamanho permitido.")
		}
	}
	return nil
}

// keep checks files and keeps their content; base begins their addresses.
func (s *Server) keep(files []upload, base string) ([]File, error) {
	if err := checkUploads(files, s.Switches()); err != nil {
		return nil, err
	}
	var list []File
	for _, f := range files {
		kept := File{Key: strings.ToLower(rand.Text()), Name: path.Base(strings.ReplaceAll(f.name, `\`, "/")), Size: len(f.content), Base: base}
		if err := s.files.put(kept.Key, f.content); err != nil {
			return nil, err
		}
		list = append(list, kept)
	}
	return list, nil
}

// fileStore keeps contents by key: in a folder beside the state file, else in memory.
type fileStore struct {
	dir    string // "" for memory
	mu     sync.Mutex
	memory map[string][]byte
}

func openFiles(stateFile string) *fileStore {
	if stateFile == "" {
		return &fileStore{memory: map[string][]byte{}}
	}
	return &fileStore{dir: stateFile + ".files"}
}

func (f *fileStore) put(key string, content []byte) error {
	if f.dir == "" {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.memory[key] = content
		return nil
	}
	err := os.MkdirAll(f.dir, 0o700)
	if err == nil {
		err = os.WriteFile(filepath.Join(f.dir, key), content, 0o600)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errJournal, err)
	}
	return nil
}

func (f *fileStore) get(key string) ([]byte, bool) {
	if f.dir == "" {
		f.mu.Lock()
		defer f.mu.Unlock()
		content, found := f.memory[key]
		return content, found
	}
	if key == "" || strings.ContainsFunc(key, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
		return nil, false
	}
	content, err := os.ReadFile(filepath.Join(f.dir, key))
	return content, err == nil
}

// errNoFile is answered where a detail is of no attachment.
var errNoFile = refuse(4040, "Anexo não encontrado.")

// attachment finds the file of a detail: its name and its content. Made-up attachments of the starting data have a
// made-up content.
func (s *Server) attachment(detailID string) (name string, content []byte, err error) {
	t, found := s.ledger.owner(detailID)
	if !found {
		return "", nil, errNoFile
	}
	if f, kept := t.own.Files[detailID]; kept {
		content, found := s.files.get(f.Key)
		if !found {
			return "", nil, errors.Join(errNoFile)
		}
		return f.Name, content, nil
	}
	i := slices.IndexFunc(t.Attached, func(a Attachment) bool { return a.ID == detailID })
	name = path.Base(t.Attached[i].Description)
	return name, madeUp(name), nil
}

// owner is the complaint that has an attachment.
func (l *ledger) owner(detailID string) (*Ticket, bool) {
	l.mu.Lock()
	id, found := l.details[detailID]
	l.mu.Unlock()
	if !found {
		return nil, false
	}
	return l.find(id)
}

// served is the answer with a file's content, to be saved under its name.
func served(name string, content []byte) answer {
	kind := fileTypes[ending(name)]
	if kind == "" {
		kind = "application/octet-stream"
	}
	return answer{status: http.StatusOK, body: content, header: http.Header{
		"Content-Type": {kind}, "Content-Disposition": {"attachment; filename*=UTF-8''" + url.PathEscape(name)}, "X-Content-Type-Options": {"nosniff"},
	}}
}
