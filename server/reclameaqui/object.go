package reclameaqui

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"time"
)

// object reads the keys of a JSON object one by one. A value that is not readable as what it should be is left empty, and its key is
// noted as odd; what nobody took stays in fields until the object is left.
type object struct {
	fields map[string]json.RawMessage
	prefix string
	found  *findings // shared by an object and those inside it
}

// findings are what an object, and all inside it, hold beyond what we know, by key or dotted path.
type findings struct {
	odd     []string
	unknown map[string]json.RawMessage
}

var errNotObject = errors.New("not a JSON object")

// maxNesting is how deep in envelopes an answer is looked for.
const maxNesting = 4

// bom is what some servers put before UTF-8.
var bom = []byte("\uFEFF")

// readObject opens an object of its own, from bytes that may be anything.
func readObject(raw []byte) (object, error) {
	if !json.Valid(raw) {
		return object{found: new(findings)}, errNotObject
	}
	o, ok := newObject(raw)
	if !ok {
		return o, errNotObject
	}
	return o, nil
}

// newObject opens an object of its own, from valid JSON. It is empty when that is none.
func newObject(raw json.RawMessage) (o object, ok bool) {
	empty := object{found: new(findings)}
	if o, ok = empty.open("", raw); !ok {
		return empty, false
	}
	return o, true
}

// open opens an object inside this one, under that key.
func (o object) open(key string, raw json.RawMessage) (in object, ok bool) {
	if !isObject(raw) {
		return object{}, false
	}
	in = object{fields: members(bytes.TrimSpace(raw)), found: o.found}
	if key != "" {
		in.prefix = o.prefix + key + "."
	}
	return in, true
}

func isObject(raw []byte) bool { return first(raw) == '{' }

func isArray(raw []byte) bool { return first(raw) == '[' }

func first(raw []byte) byte {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return 0
	}
	return raw[0]
}

// take removes a key and returns its value, nil if there is none.
func (o object) take(key string) json.RawMessage {
	raw := o.fields[key]
	delete(o.fields, key)
	return raw
}

// note records that a key had an unreadable shape.
func (o object) note(key string) {
	if name := o.prefix + key; !slices.Contains(o.found.odd, name) {
		o.found.odd = append(o.found.odd, name)
	}
}

// leave notes the keys that nobody took. Of several objects under one path, such as the interactions, the first value that says
// something is kept.
func (o object) leave() {
	for key, raw := range o.fields {
		if o.found.unknown == nil {
			o.found.unknown = map[string]json.RawMessage{}
		}
		if path := o.prefix + key; isNothing(o.found.unknown[path]) {
			o.found.unknown[path] = raw
		}
	}
}

// read takes a key with one of the readers of values.
func read[T any](o object, key string, reader func(json.RawMessage) (T, bool)) T {
	v, ok := reader(o.take(key))
	if !ok {
		o.note(key)
	}
	return v
}

func (o object) text(key string) string   { return read(o, key, readText) }
func (o object) id(key string) int64      { return read(o, key, readID) }
func (o object) idText(key string) string { return read(o, key, readIDText) }
func (o object) flag(key string) bool     { return read(o, key, readBool) }
func (o object) at(key string) time.Time  { return read(o, key, readTime) }
func (o object) prose(key string) string  { return NormalizeText(o.text(key)) }

// count takes a number that may be negative and fits an int.
func (o object) count(key string) int {
	n := read(o, key, readInt)
	if int64(int(n)) != n {
		o.note(key)
		return 0
	}
	return int(n)
}

// textOrNil is nil where RA says nothing.
func (o object) textOrNil(key string) *string {
	if s := o.text(key); s != "" && s != "-1" {
		return &s
	}
	return nil
}

// proseOrNil is textOrNil with line breaks as LF.
func (o object) proseOrNil(key string) *string {
	if s := o.prose(key); s != "" {
		return &s
	}
	return nil
}

// atOrNil is nil where RA says nothing, and where it cannot be read.
func (o object) atOrNil(key string) *time.Time {
	if t := o.at(key); !t.IsZero() {
		return &t
	}
	return nil
}

// within takes a key that holds an object, and reads it if there is one. An array gives its first object, as RA wraps some.
func (o object) within(key string, reader func(object)) {
	raw := o.take(key)
	if isNothing(raw) {
		return
	}
	if list := elements(raw); isArray(raw) && len(list) > 0 {
		raw = list[0]
	}
	in, ok := o.open(key, raw)
	if !ok {
		o.note(key)
		return
	}
	reader(in)
	in.leave()
}

// each takes a key that holds an array of objects, or one object alone. Elements that are no objects are noted and left out.
func (o object) each(key string, yield func(object)) {
	raw := o.take(key)
	if isNothing(raw) {
		return
	}
	list := []json.RawMessage{raw}
	if isArray(raw) {
		list = elements(raw)
	}
	for _, element := range list {
		in, ok := o.open(key, element)
		if !ok {
			o.note(key)
			continue
		}
		yield(in)
		in.leave()
	}
}

// list takes a key that holds an array of anything.
func (o object) list(key string) []json.RawMessage {
	raw := o.take(key)
	if isNothing(raw) {
		return nil
	}
	if !isArray(raw) {
		o.note(key)
		return nil
	}
	return elements(raw)
}

// named takes an {id, name}; a text alone is a name, a number alone an id.
func (o object) named(key string) Named {
	raw := o.take(key)
	if isNothing(raw) {
		return Named{}
	}
	if !isObject(raw) && !isArray(raw) {
		if id, ok := readID(raw); ok {
			return Named{ID: id}
		}
		name, ok := readText(raw)
		if !ok {
			o.note(key)
		}
		return Named{Name: name}
	}
	o.fields[key] = raw
	var n Named
	o.within(key, func(in object) { n = Named{ID: in.id("id"), Name: in.text("name")} })
	return n
}
