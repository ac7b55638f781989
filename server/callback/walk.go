package callback

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// walker goes through one body. Bodies are read as tokens and never built up in memory, so
// that what they cost is bounded by their size.
type walker struct {
	tokens *json.Decoder
	// loose is every id in digits, for bodies in which the strict rules find nothing.
	loose []candidate
	// overflow: there was more than fits into the bounds.
	overflow bool
}

func looksJSON(text []byte) bool {
	text = bytes.TrimSpace(text)
	return len(text) > 0 && (text[0] == '{' || text[0] == '[')
}

// json reads a text of one or more JSON values, up to the first mistake: what stands before it counts.
func (w *walker) json(text []byte, ticket bool, depth int) (found []candidate) {
	outer := w.tokens
	defer func() { w.tokens = outer }()
	w.tokens = json.NewDecoder(bytes.NewReader(text))
	w.tokens.UseNumber() // ids are exact: a float64 is not
	for {
		token, err := w.tokens.Token()
		if err != nil {
			return found
		}
		for _, c := range w.value(token, ticket, depth, nil) {
			found = w.add(found, c)
		}
	}
}

// value reads the rest of a value whose first token is given. ticket says that an object here
// stands where tickets stand; each, unless nil, is told of the scalars in lists.
func (w *walker) value(token json.Token, ticket bool, depth int, each func(text string)) []candidate {
	switch t := token.(type) {
	case json.Delim:
		switch {
		case depth >= maxDepth:
			w.skip()
		case t == '{':
			return w.object(ticket, depth+1)
		case t == '[':
			return w.list(ticket, depth+1, each)
		}
	case string:
		// JSON in JSON, as some senders wrap it; elsewhere a text is a consumer's and says nothing.
		if ticket && depth < maxDepth && looksJSON([]byte(t)) {
			return w.json([]byte(t), true, depth+1)
		}
	}
	return nil
}

func (w *walker) object(ticket bool, depth int) []candidate {
	o := &object{ticket: ticket}
	for w.tokens.More() {
		token, err := w.tokens.Token()
		if err != nil {
			break
		}
		name, _ := token.(string) // a key always is one
		key := strings.ToLower(name)
		if token, err = w.tokens.Token(); err != nil {
			break
		}
		o.ticket = o.ticket || markers[key]
		w.member(o, key, token, depth)
	}
	_, _ = w.tokens.Token() // the closing brace; a mistake shows again at the next token
	return w.found(o)
}

func (w *walker) member(o *object, key string, token json.Token, depth int) {
	if text, ok := scalar(token); ok {
		w.scalar(o, key, text)
	}
	var each func(string)
	if idKeys[key] || complaintKeys[key] || sourceKeys[key] {
		each = func(text string) { w.scalar(o, key, text) }
	}
	w.below(o, key, w.value(token, containers[key], depth, each))
}

// scalar is the text of a text or a number. A whole number may come as 90000001.0 or 9.0000001E7, from languages
// that know no others.
func scalar(token json.Token) (text string, ok bool) {
	switch t := token.(type) {
	case string:
		return t, true
	case json.Number:
		text = t.String()
		if !strings.ContainsAny(text, ".eE") {
			return text, true
		}
		const exact = 1 << 53 // beyond it a float64 is not
		if f, err := t.Float64(); err == nil && f == math.Trunc(f) && math.Abs(f) < exact {
			return strconv.FormatInt(int64(f), 10), true
		}
		return text, true
	}
	return "", false
}

func (w *walker) list(ticket bool, depth int, each func(text string)) (found []candidate) {
	for w.tokens.More() {
		token, err := w.tokens.Token()
		if err != nil {
			break
		}
		if text, ok := scalar(token); ok && each != nil {
			each(text)
		}
		for _, c := range w.value(token, ticket, depth, each) {
			found = w.add(found, c)
		}
	}
	_, _ = w.tokens.Token() // the closing bracket
	return found
}

// skip passes over the rest of an object or a list that lies too deep.
func (w *walker) skip() {
	for open := 1; open > 0; {
		token, err := w.tokens.Token()
		if err != nil {
			return
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			open++
		case json.Delim('}'), json.Delim(']'):
			open--
		}
	}
}
