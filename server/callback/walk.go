package callback

import (
	"math"
	"strconv"
	"strings"
)

// walker goes through one body. Bodies are read as tokens and never built up in memory, so
// that what they cost is bounded by their size.
type walker struct {
	tokens scanner
	// loose is every id in digits, for bodies in which the strict rules find nothing.
	loose []candidate
	// overflow: there was more than fits into the bounds.
	overflow bool
}

func looksJSON(text string) bool {
	text = strings.TrimSpace(text)
	return text != "" && (text[0] == '{' || text[0] == '[')
}

// json reads a text of one or more JSON values, up to the first mistake: what stands before it counts.
func (w *walker) json(text string, ticket bool, depth int) (found []candidate) {
	outer := w.tokens
	defer func() { w.tokens = outer }()
	w.tokens = scanner{text: text}
	for {
		t, ok := w.tokens.next()
		if !ok {
			return found
		}
		for _, c := range w.value(t, ticket, depth, nil) {
			found = w.add(found, c)
		}
	}
}

// value reads the rest of a value whose first piece is given. ticket says that an object here
// stands where tickets stand; each, unless nil, is told of the scalars in lists.
func (w *walker) value(t piece, ticket bool, depth int, each func(text string)) []candidate {
	switch t.kind {
	case '{', '[':
		switch {
		case depth >= maxDepth:
			w.skip()
		case t.kind == '{':
			return w.object(ticket, depth+1)
		default:
			return w.list(ticket, depth+1, each)
		}
	case aText:
		// JSON in JSON, as some senders wrap it; elsewhere a text is a consumer's and says nothing.
		if ticket && depth < maxDepth && looksJSON(t.text) {
			return w.json(t.text, true, depth+1)
		}
	}
	return nil
}

func (w *walker) object(ticket bool, depth int) []candidate {
	o := &object{ticket: ticket}
	for w.tokens.more() {
		name, ok := w.tokens.next()
		if !ok {
			break
		}
		key := strings.ToLower(name.text)
		t, ok := w.tokens.next()
		if !ok {
			break
		}
		o.ticket = o.ticket || markers[key]
		w.member(o, key, t, depth)
	}
	_, _ = w.tokens.next() // the closing brace; a mistake shows again at the next piece
	return w.found(o)
}

func (w *walker) member(o *object, key string, t piece, depth int) {
	if text, ok := scalar(t); ok {
		w.scalar(o, key, text)
	}
	var each func(string)
	if t.kind == '[' && (idKeys[key] || complaintKeys[key] || sourceKeys[key]) {
		each = func(text string) { w.scalar(o, key, text) }
	}
	w.below(o, key, w.value(t, containers[key], depth, each))
}

// scalar is the text of a text or a number. A whole number may come as 90000001.0 or 9.0000001E7, from languages
// that know no others.
func scalar(t piece) (text string, ok bool) {
	if t.kind == aNumber && strings.ContainsAny(t.text, ".eE") {
		const exact = 1 << 53 // beyond it a float64 is not
		if f, err := strconv.ParseFloat(t.text, 64); err == nil && f == math.Trunc(f) && math.Abs(f) < exact {
			return strconv.FormatInt(int64(f), 10), true
		}
	}
	return t.text, t.kind == aText || t.kind == aNumber
}

func (w *walker) list(ticket bool, depth int, each func(text string)) (found []candidate) {
	for w.tokens.more() {
		t, ok := w.tokens.next()
		if !ok {
			break
		}
		if text, ok := scalar(t); ok && each != nil {
			each(text)
		}
		for _, c := range w.value(t, ticket, depth, each) {
			found = w.add(found, c)
		}
	}
	_, _ = w.tokens.next() // the closing bracket
	return found
}

// skip passes over the rest of an object or a list that lies too deep.
func (w *walker) skip() {
	for open := 1; open > 0; {
		t, ok := w.tokens.next()
		if !ok {
			return
		}
		switch t.kind {
		case '{', '[':
			open++
		case '}', ']':
			open--
		}
	}
}
