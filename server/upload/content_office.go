package upload

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf16"
)

// hasStream tells what an OLE compound file is (Microsoft, [MS-CFB]) by a stream directly below its
// root. Streams further down are documents inside the document.
func hasStream(names ...string) func(content) (bool, error) {
	return func(c content) (bool, error) {
		head, err := c.at(0, headerSize)
		if err != nil || len(head) < headerSize || !bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")) {
			return false, err
		}
		f := compound{content: c, shift: uint(binary.LittleEndian.Uint16(head[30:])), fat: head[76:]}
		if f.shift != 9 && f.shift != 12 {
			return false, nil
		}
		if f.directory, err = f.chain(binary.LittleEndian.Uint32(head[48:])); err != nil {
			return false, err
		}
		return f.rootHas(names)
	}
}

const (
	headerSize = 512
	entrySize  = 128
	// noEntry ends a branch of the directory's tree, and lastSector a chain.
	noEntry    = 0xffffffff
	lastSector = 0xfffffffa // and all above
)

// compound is an OLE compound file: sectors of a power of two, chained by a table.
type compound struct {
	content
	shift     uint
	fat       []byte   // of the header: where the table's first 109 sectors are, enough for 7 MB
	directory []uint32 // the sectors of the directory
}

func (f compound) offset(sector uint32) int64 { return (int64(sector) + 1) << f.shift }

// chain gives the sectors of a stream. No chain is longer than the file, so one that bites its own
// tail ends.
func (f compound) chain(sector uint32) (sectors []uint32, err error) {
	each := uint32(1) << (f.shift - 2) // numbers a sector of the table
	for sector < lastSector && int64(len(sectors)) <= f.size>>f.shift {
		sectors = append(sectors, sector)
		place := int(sector/each) * 4
		if place+4 > len(f.fat) {
			break
		}
		at := f.offset(binary.LittleEndian.Uint32(f.fat[place:])) + int64(sector%each)*4
		next, err := f.at(at, 4)
		if err != nil || len(next) < 4 {
			return sectors, err
		}
		sector = binary.LittleEndian.Uint32(next)
	}
	return sectors, nil
}

func (f compound) entry(i uint32) ([]byte, error) {
	each := uint32(1) << f.shift / entrySize
	if int64(i/each) >= int64(len(f.directory)) {
		return nil, nil
	}
	e, err := f.at(f.offset(f.directory[i/each])+int64(i%each)*entrySize, entrySize)
	if len(e) < entrySize {
		return nil, err
	}
	return e, err
}

// rootHas looks for a stream among the root's children, which are a tree of left and right siblings.
func (f compound) rootHas(names []string) (bool, error) {
	root, err := f.entry(0)
	if root == nil {
		return false, err
	}
	left := len(f.directory) << f.shift / entrySize // a tree that bites its own tail ends
	var next []uint32
	follow := func(i uint32) {
		if i != noEntry {
			next = append(next, i)
		}
	}
	follow(binary.LittleEndian.Uint32(root[76:]))
	for ; len(next) > 0 && left > 0; left-- {
		i := next[len(next)-1]
		next = next[:len(next)-1]
		e, err := f.entry(i)
		if err != nil {
			return false, err
		}
		if e == nil {
			continue
		}
		const stream = 2
		if e[66] == stream && slices.Contains(names, entryName(e)) {
			return true, nil
		}
		follow(binary.LittleEndian.Uint32(e[68:]))
		follow(binary.LittleEndian.Uint32(e[72:]))
	}
	return false, nil
}

// entryName is UTF-16 with a NUL at its end, in the first 64 bytes.
func entryName(e []byte) string {
	length := min(int(binary.LittleEndian.Uint16(e[64:])), 64)
	units := make([]uint16, 0, 32)
	for i := 0; i+1 < length; i += 2 {
		units = append(units, binary.LittleEndian.Uint16(e[i:]))
	}
	return strings.TrimRight(string(utf16.Decode(units)), "\x00")
}

// maxParts is how many entries a document's archive may have: far more than any real one of 3 MB.
const maxParts = 4096

// isPackage tells an Office document (ECMA-376, part 2) by the names in its archive's directory: nothing
// is ever unpacked. One with a program in it is no .docx or .xlsx but .docm or .xlsm, which Reclame
// Aqui's list does not have.
func isPackage(folder string) func(content) (bool, error) {
	others := slices.DeleteFunc([]string{"word/", "xl/", "ppt/"}, func(s string) bool { return s == folder })
	return func(c content) (bool, error) {
		if ok, err := c.begins("PK\x03\x04"); !ok {
			return false, err
		}
		if few, err := c.fewParts(); !few {
			return false, err
		}
		archive, err := zip.NewReader(c, c.size)
		if err != nil {
			return false, nil // no archive; a disk that cannot be read fails again when the file is made durable
		}
		var types, parts bool
		for _, part := range archive.File {
			types = types || part.Name == "[Content_Types].xml"
			parts = parts || strings.HasPrefix(part.Name, folder)
			if strings.HasSuffix(strings.ToLower(part.Name), "/vbaproject.bin") {
				return false, nil
			}
			if slices.ContainsFunc(others, func(s string) bool { return strings.HasPrefix(part.Name, s) }) {
				return false, nil
			}
		}
		return types && parts, nil
	}
}

// fewParts counts the signatures of directory entries before the directory is read: the reader of
// archives makes an object of each entry, and a file of 7 MB has room for 150,000.
func (c content) fewParts() (bool, error) {
	const signature, step = "PK\x01\x02", 32 << 10
	count := 0
	for offset := int64(0); offset < c.size; offset += step {
		b, err := c.at(offset, step+len(signature)-1)
		if err != nil {
			return false, err
		}
		if count += bytes.Count(b, []byte(signature)); count > maxParts {
			return false, nil
		}
	}
	return true, nil
}
