package upload

import (
	"bytes"
	"unicode/utf8"
)

// begins says whether a file begins with one of some signatures.
func (c content) begins(signatures ...string) (bool, error) {
	head, err := c.at(0, 64)
	for _, s := range signatures {
		if bytes.HasPrefix(head, []byte(s)) {
			return true, err
		}
	}
	return false, err
}

// A PNG is its signature and, as the first chunk, the header of 13 bytes (ISO 15948, section 5).
func isPNG(c content) (bool, error) { return c.begins("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR") }

// A JPEG is the mark of its start and the beginning of another mark (ITU-T T.81, annex B).
func isJPEG(c content) (bool, error) { return c.begins("\xff\xd8\xff") }

func isGIF(c content) (bool, error) { return c.begins("GIF87a", "GIF89a") }

// A PDF begins with its header. ISO 32000 has nothing before it; programs put a byte order mark or
// line breaks there. More than that is no page description but something that carries one.
func isPDF(c content) (bool, error) {
	head, err := c.at(0, 64)
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	return bytes.HasPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte("%PDF-")), err
}

// textStep is how much of a text is looked at at once, in bytes.
const textStep = 32 << 10

// isText says whether a file holds characters alone: UTF-8, or Windows-1252 as Brazilian Excel writes
// its CSV. Control characters but tab, line breaks and form feed make it something else.
func isText(c content) (bool, error) {
	utf, windows := true, true
	var rest []byte // the beginning of a character that goes on in the next step
	for offset := int64(0); offset < c.size && (utf || windows); offset += textStep {
		step, err := c.at(offset, textStep)
		if err != nil {
			return false, err
		}
		for _, b := range step {
			switch {
			case b < ' ' && b != '\t' && b != '\n' && b != '\r' && b != '\f', b == 0x7f:
				return false, nil
			case b == 0x81, b == 0x8d, b == 0x8f, b == 0x90, b == 0x9d: // Windows-1252 has nothing there
				windows = false
			}
		}
		if utf {
			rest, utf = characters(append(rest, step...))
		}
	}
	return utf && len(rest) == 0 || windows, nil
}

// characters says whether bytes are UTF-8, and gives a last character that is not yet whole.
func characters(b []byte) (rest []byte, ok bool) {
	for i := 1; i <= min(utf8.UTFMax-1, len(b)); i++ {
		if end := b[len(b)-i:]; utf8.RuneStart(end[0]) {
			if !utf8.FullRune(end) {
				b, rest = b[:len(b)-i], bytes.Clone(end)
			}
			break
		}
	}
	return rest, utf8.Valid(b)
}
