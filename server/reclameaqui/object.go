package reclameaqui

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"time"
)

// object reads the keys of a JSON object one by one. What a key's value is not readable as is left empty and noted in odd;
// what nobody took stays in fields.
type object struct {
	fields map[string]json.RawMessage
	prefix string
	odd    *[]string // shared by an object and those inside it
}

var errNotObject = errors.New("not a JSON object")

// readObject opens an object of its own, from bytes that may be anything.
func readObject(raw []byte) (object, error) {
	if !isObject(raw) || !json.Valid(raw) {
		return object{odd: new([]string)}, errNotObject
	}
	o, _ := object{odd: new([]string)}.open("", raw)
	return o, nil
}

// open opens an object inside this one, under that key.
func (o object) open(key string, raw json.RawMessage) (in object, ok bool) {
	if !isObject(raw) {
		return object{}, false
	}
	in = object{fields: members(bytes.TrimSpace(raw)), odd: o.odd}
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
	if name := o.prefix + key; !slices.Contains(*o.odd, name) {
		*o.odd = append(*o.odd, name)
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

func (o object) text(key string) string    { return read(o, key, readText) }
func (o object) id(key string) int64       { return read(o, key, readID) }
func (o object) idText(key string) string  { return read(o, key, readIDText) }
func (o object) flag(key string) bool      { return read(o, key, readBool) }
func (o object) at(key string) time.Time   { return read(o, key, readTime) }
func (o object) prose(key string) string   { return NormalizeText(o.text(key)) }
func (o object) texts(key string) []string { return read(o, key, readTexts) }

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

// inside takes a key that holds an object. An array gives its first object, as RA wraps some; ok is false when there is none.
func (o object) inside(key string) (in object, ok bool) {
	raw := o.take(key)
	if isNothing(raw) {
		return object{}, false
	}
	if list := elements(raw); isArray(raw) && len(list) > 0 {
		raw = list[0]
	}
	if in, ok = o.open(key, raw); !ok {
		o.note(key)
	}
	return in, ok
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
	in, ok := o.inside(key)
	if !ok {
		return Named{}
	}
	return Named{ID: in.id("id"), Name: in.text("name")}
}
