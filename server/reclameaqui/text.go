package reclameaqui

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// NormalizeText turns CRLF, LFCR (which RA writes) and CR into LF. Doing it again changes nothing.
func NormalizeText(s string) string {
	if !strings.ContainsRune(s, '\r') {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\r' && s[i] != '\n' {
			b.WriteByte(s[i])
			continue
		}
		b.WriteByte('\n')
		if i+1 < len(s) && (s[i+1] == '\r' || s[i+1] == '\n') && s[i+1] != s[i] {
			i++
		}
	}
	return b.String()
}

// readTexts reads an array of texts, or one text alone. Objects in it give their name or description.
func readTexts(raw json.RawMessage) ([]string, bool) {
	if isNothing(raw) {
		return nil, true
	}
	list := []json.RawMessage{raw}
	if isArray(raw) {
		list = elements(raw)
	}
	var texts []string
	all := true
	for _, element := range list {
		s, ok := readText(element)
		if in, isObject := (object{odd: new([]string)}).open("", element); isObject {
			s = in.text("name")
			if s == "" {
				s = in.text("description")
			}
			ok = s != ""
		}
		all = all && ok
		if s = strings.TrimSpace(s); s != "" {
			texts = append(texts, s)
		}
	}
	return texts, all
}

// capRunes cuts a text to that many characters.
func capRunes(s string, limit int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit])
}
