package callback

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"strings"
)

// Field is one field of a form, in the order of the body.
type Field struct{ Name, Value string }

// Fields are those of a form, URL-encoded unless the content type says multipart, as far as they can be read.
func Fields(contentType string, body []byte) []Field {
	media, params, _ := mime.ParseMediaType(contentType) // broken ones are empty, and lenient is the rule here
	if media == "multipart/form-data" {
		return multipartFields(body, params["boundary"])
	}
	return formFields(string(body))
}

// formFields reads a URL-encoded form, field by field up to the bound; a field that does not decode is left out.
func formFields(body string) []Field {
	var fields []Field
	for pair := range strings.SplitSeq(body, "&") {
		name, value, ok := strings.Cut(pair, "=")
		if !ok {
			continue
		}
		name, nameErr := url.QueryUnescape(name)
		value, valueErr := url.QueryUnescape(value)
		if nameErr != nil || valueErr != nil {
			continue
		}
		if fields = append(fields, Field{name, value}); len(fields) == maxFields {
			break
		}
	}
	return fields
}

// multipartFields reads a multipart form up to the first mistake.
func multipartFields(body []byte, boundary string) []Field {
	if boundary == "" {
		return nil
	}
	var fields []Field
	parts := multipart.NewReader(bytes.NewReader(body), boundary)
	for len(fields) < maxFields {
		part, err := parts.NextPart()
		if err != nil {
			break
		}
		value, err := io.ReadAll(part) // within the body, which is capped
		if err != nil {
			break
		}
		fields = append(fields, Field{part.FormName(), string(value)})
	}
	return fields
}

// form finds references in fields: "ticket_id", but also "ticket[id]", "data[0][id]" and
// "ticket.id", and JSON in a field's value.
func (w *walker) form(fields []Field) []candidate {
	root := &object{ticket: true}
	var order []string
	groups := map[string]*object{}
	for _, f := range fields {
		within, key := splitName(f.Name)
		o := root
		if within != "" {
			if o = groups[within]; o == nil {
				o = &object{ticket: containers[holder(within)]}
				groups[within] = o
				order = append(order, within)
			}
		}
		o.ticket = o.ticket || markers[key]
		w.scalar(o, key, f.Value)
		w.below(o, key, w.value(piece{aText, f.Value}, containers[key] || within == "", 1, nil))
	}
	for _, within := range order {
		w.below(root, holder(within), w.found(groups[within]))
	}
	return w.found(root)
}

// splitName parts "data[0][id]" into "data.0" and "id", and "ids[0]" into "" and "ids", in lower case.
func splitName(name string) (within, key string) {
	parts := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return strings.ContainsRune("[].", r) })
	for len(parts) > 1 && strings.Trim(parts[len(parts)-1], "0123456789") == "" {
		parts = parts[:len(parts)-1]
	}
	if len(parts) == 0 {
		return "", ""
	}
	last := len(parts) - 1
	return strings.Join(parts[:last], "."), parts[last]
}

// holder is the innermost name of "data.0": a number is a place in a list.
func holder(within string) string {
	parts := strings.Split(within, ".")
	for i := len(parts) - 1; i >= 0; i-- {
		if strings.Trim(parts[i], "0123456789") != "" {
			return parts[i]
		}
	}
	return ""
}
