package sandbox

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// line is one line of the journal: a complaint or the settings as they are from here on.
type line struct {
	Complaint *Ticket   `json:"complaint,omitempty"`
	Behind    *behind   `json:"behind,omitempty"`
	Settings  *settings `json:"settings,omitempty"`
}

func lineOf(t *Ticket) line { return line{Complaint: t, Behind: t.own} }

// journal is the open state file. A line is handed to the operating system before the change is answered, so it
// outlives a killed process; it is not flushed to the disk, so it need not outlive a power cut. A nil journal keeps nothing.
type journal struct {
	file *os.File
	size int64 // bytes of whole lines
}

func (j *journal) write(l line) error {
	if j == nil {
		return nil
	}
	b, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("%w: %w", errJournal, err)
	}
	b = append(b, '\n')
	if _, err := j.file.WriteAt(b, j.size); err != nil {
		// Half a line in the middle would spoil the file for the next start.
		return fmt.Errorf("%w: %w", errJournal, errors.Join(err, j.file.Truncate(j.size)))
	}
	j.size += int64(len(b))
	return nil
}

func (j *journal) close() error {
	if j == nil {
		return nil
	}
	return j.file.Close()
}

// kept is what a state file holds.
type kept struct {
	tickets  []*Ticket // by id, ascending
	settings *settings
}

// readJournal reads a state file; one that is not there is empty. The last line of an id wins, and a last line that was
// cut short is left out: its change was never answered.
func readJournal(path string) (kept, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return kept{}, nil
	}
	if err != nil {
		return kept{}, fmt.Errorf("sandbox: state file: %w", err)
	}
	defer file.Close()
	found := kept{}
	byID := map[int64]*Ticket{}
	lines := bufio.NewReaderSize(file, 1<<20)
	for n := 1; ; n++ {
		raw, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return kept{}, fmt.Errorf("sandbox: state file: %w", err)
		}
		var l line
		if err := json.Unmarshal(raw, &l); err != nil {
			return kept{}, fmt.Errorf("sandbox: state file, line %d: %w", n, err)
		}
		if l.Complaint != nil {
			if l.Complaint.own = l.Behind; l.Behind == nil {
				l.Complaint.own = &behind{} // of a file from before there was any
			}
			byID[l.Complaint.ID] = l.Complaint
		}
		if l.Settings != nil {
			found.settings = l.Settings
		}
	}
	for _, t := range byID {
		found.tickets = append(found.tickets, t)
	}
	slices.SortFunc(found.tickets, func(a, b *Ticket) int { return int(a.ID - b.ID) })
	return found, nil
}

// compactJournal writes the state anew beside the old file, takes its place, and leaves it open for more lines.
func compactJournal(path string, set settings, tickets []*Ticket) (_ *journal, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("sandbox: state file: %w", err)
	}
	file, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("sandbox: state file: %w", err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("sandbox: state file: %w", errors.Join(err, file.Close()))
		}
	}()
	out := bufio.NewWriterSize(file, 1<<20)
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	if err := lines.Encode(line{Settings: &set}); err != nil {
		return nil, err
	}
	for _, t := range tickets {
		if err := lines.Encode(lineOf(t)); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(out.Flush(), file.Sync(), os.Rename(path+".new", path)); err != nil {
		return nil, err
	}
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	return &journal{file, size}, nil
}
