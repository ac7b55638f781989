package reclameaqui

import (
	"bytes"
	"encoding/json"
	"iter"
)

// The splitters cut valid JSON into its members without looking inside them. encoding/json would scan every value once more for
// each level that it lies deep, which is most of what reading a page costs. What they return is part of what they were given.

// members cuts an object. Of two equal keys the last one counts, as in encoding/json.
func members(raw []byte) map[string]json.RawMessage {
	fields := make(map[string]json.RawMessage, bytes.Count(raw[:min(len(raw), 256)], []byte{':'}))
	for key, value := range membersOf(raw) {
		fields[key] = value
	}
	return fields
}

// membersOf cuts an object in its own order.
func membersOf(raw json.RawMessage) iter.Seq2[string, json.RawMessage] {
	return func(yield func(string, json.RawMessage) bool) {
		raw := bytes.TrimSpace(raw)
		i := skipSpace(raw, 1)
		for i < len(raw) && raw[i] == '"' {
			end := skipValue(raw, i)
			key, _ := unquote(raw[i:end])
			i = skipSpace(raw, skipSpace(raw, end)+1) // past the colon
			end = skipValue(raw, i)
			if !yield(key, raw[i:end:end]) {
				return
			}
			i = skipSpace(raw, skipSpace(raw, end)+1) // past the comma or the brace
		}
	}
}

// elements cuts an array; nil if it is none.
func elements(raw json.RawMessage) []json.RawMessage {
	raw = bytes.TrimSpace(raw)
	if !isArray(raw) || isNothing(raw) {
		return nil
	}
	var list []json.RawMessage
	for i := skipSpace(raw, 1); i < len(raw); {
		end := skipValue(raw, i)
		list = append(list, raw[i:end:end])
		i = skipSpace(raw, skipSpace(raw, end)+1) // past the comma or the bracket
	}
	return list
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// skipValue returns the end of the value that begins at i.
func skipValue(b []byte, i int) int {
	depth := 0
	for ; i < len(b); i++ {
		switch b[i] {
		case '"':
			i = closingQuote(b, i)
		case '{', '[':
			depth++
			continue
		case '}', ']':
			depth--
		case ',', ':', ' ', '\n', '\r', '\t':
			continue
		default:
			i = lastOfLiteral(b, i)
		}
		if depth == 0 {
			return min(i+1, len(b))
		}
	}
	return len(b)
}

// closingQuote returns the end of the string that begins at i.
func closingQuote(b []byte, i int) int {
	for i++; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return len(b)
}

// lastOfLiteral returns the last byte of the number, true, false or null that begins at i.
func lastOfLiteral(b []byte, i int) int {
	for ; i+1 < len(b); i++ {
		switch b[i+1] {
		case ',', ':', ']', '}', ' ', '\n', '\r', '\t':
			return i
		}
	}
	return i
}
