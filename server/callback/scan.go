package callback

import (
	"encoding/json"
	"strings"
)

// piece is a token of JSON: a bracket, a text, a number, or a literal (true, false, null).
type piece struct {
	kind byte   // one of {}[] or of the kinds below
	text string // of a text or a number
}

const (
	aText    byte = '"'
	aNumber  byte = '0'
	aLiteral byte = 'l'
)

// scanner reads JSON token by token, without building it up. It does not look whether commas and colons are where
// they belong: what can be read of a broken body is read. Texts without escapes and numbers are pieces of the body, not copies.
type scanner struct {
	text string
	at   int
}

// next gives the next piece; false at the end and where there is none.
func (s *scanner) next() (piece, bool) {
	if !s.blank() {
		return piece{}, false
	}
	switch c := s.text[s.at]; {
	case strings.IndexByte("{}[]", c) >= 0:
		s.at++
		return piece{kind: c}, true
	case c == '"':
		return s.quoted()
	case c == '-' || c >= '0' && c <= '9':
		return piece{aNumber, s.run("0123456789+-.eE")}, true
	case c >= 'a' && c <= 'z':
		word := s.run("abcdefghijklmnopqrstuvwxyz")
		return piece{kind: aLiteral}, word == "true" || word == "false" || word == "null"
	}
	return piece{}, false
}

// more says whether an object or a list goes on.
func (s *scanner) more() bool {
	return s.blank() && s.text[s.at] != '}' && s.text[s.at] != ']'
}

// blank passes over what stands between tokens; false at the end.
func (s *scanner) blank() bool {
	for ; s.at < len(s.text); s.at++ {
		switch s.text[s.at] {
		case ' ', '\t', '\r', '\n', ',', ':':
		default:
			return true
		}
	}
	return false
}

// run takes the characters of a set.
func (s *scanner) run(set string) string {
	begun := s.at
	for s.at < len(s.text) && strings.IndexByte(set, s.text[s.at]) >= 0 {
		s.at++
	}
	return s.text[begun:s.at]
}

// quoted takes a text; false when it does not end or its escapes are none.
func (s *scanner) quoted() (piece, bool) {
	begun, escaped := s.at, false
	for s.at++; s.at < len(s.text); s.at++ {
		switch s.text[s.at] {
		case '\\':
			escaped = true
			s.at++
		case '"':
			s.at++
			if !escaped {
				return piece{aText, s.text[begun+1 : s.at-1]}, true
			}
			var text string
			err := json.Unmarshal([]byte(s.text[begun:s.at]), &text)
			return piece{aText, text}, err == nil
		}
	}
	return piece{}, false
}
