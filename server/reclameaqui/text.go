package reclameaqui

import (
	"cmp"
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

// texts takes an array of texts, or one text alone.
func (o object) texts(key string) []string {
	texts, ok := o.readTexts(key, o.take(key))
	if !ok {
		o.note(key)
	}
	return texts
}

// readTexts reads what stands under a key as texts. Objects among them give their name or description.
func (o object) readTexts(key string, raw json.RawMessage) ([]string, bool) {
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
		if in, isObject := o.open(key, element); isObject {
			s = cmp.Or(in.text("name"), in.text("description"))
			ok = s != ""
			in.leave()
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
