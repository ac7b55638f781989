package delivery

import (
	"bytes"
	"encoding/json"
	"mime"
	"regexp"
	"slices"
	"strings"
	"time"

	"citrus.cx/channel/server/callback"
	"citrus.cx/channel/server/personal"
)

// hidden stands for what is not shown, and more for what is left out at the end.
const (
	hidden = "•••"
	more   = "…"
)

// maxNesting is how deep a body is shown.
const maxNesting = 32

// Mask is a body as a person may see it: its structure, the names of its fields, Reclame Aqui's ids, times, booleans
// and known words of events. All else is hidden, whatever it is: what is shown is listed, so a new kind of
// personal data is hidden, too. "" for what is neither JSON nor a form.
func Mask(contentType string, body []byte) string {
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	if looksJSON(body) {
		return maskJSON(body, 0)
	}
	switch media, _, _ := mime.ParseMediaType(contentType); media {
	case "", "text/plain", "application/json", "application/x-www-form-urlencoded", "multipart/form-data":
		return maskForm(callback.Fields(contentType, body))
	}
	return ""
}

func looksJSON(text []byte) bool {
	text = bytes.TrimSpace(text)
	return len(text) > 0 && strings.IndexByte(`{["`, text[0]) >= 0
}

// masker writes one body of JSON again, token by token.
type masker struct {
	tokens *json.Decoder
	size   int64
	out    strings.Builder
}

// maskJSON masks one or more JSON values up to the first mistake, which it marks. below counts the texts of JSON
// that this one stands in.
func maskJSON(body []byte, below int) string {
	m := &masker{tokens: json.NewDecoder(bytes.NewReader(body)), size: int64(len(body))}
	m.tokens.UseNumber()
	for m.tokens.More() || m.out.Len() == 0 {
		if m.out.Len() > 0 {
			m.out.WriteByte('\n')
		}
		token, err := m.tokens.Token()
		if err != nil || !m.value(token, place{known: true}, below) {
			m.out.WriteString(more)
			break
		}
	}
	return m.out.String()
}

// place is where a value stands: under which key, and whether everything that it stands in has a name that we know.
type place struct {
	key   string
	known bool
}

// value writes the value that a token begins; false when the body is broken in it.
func (m *masker) value(token json.Token, at place, depth int) bool {
	switch t := token.(type) {
	case json.Delim:
		if depth >= maxNesting {
			m.text(hidden)
			return m.skip()
		}
		at.known = at.known && (at.key == "" || containers[at.key])
		if t == '{' {
			return m.object(at, depth+1)
		}
		return m.list(at, depth+1)
	case json.Number:
		// One at the very end may be cut off: what is left of a CPF looks like an id.
		if shown(at, t.String()) && m.tokens.InputOffset() < m.size {
			m.out.WriteString(t.String())
			return true
		}
		m.text(hidden)
	case string:
		m.text(maskText(at, t, depth))
	case bool:
		m.out.WriteString(map[bool]string{true: "true", false: "false"}[t])
	default:
		m.out.WriteString("null")
	}
	return true
}

func (m *masker) object(at place, depth int) bool {
	m.out.WriteByte('{')
	defer m.out.WriteByte('}')
	for first := true; m.tokens.More(); first = false {
		token, err := m.tokens.Token()
		if err != nil {
			return false
		}
		name, _ := token.(string) // a key always is one
		if !first {
			m.out.WriteByte(',')
		}
		m.text(maskName(name))
		m.out.WriteByte(':')
		if token, err = m.tokens.Token(); err != nil {
			m.text(more)
			return false
		}
		if !m.value(token, place{key: plain(name), known: at.known}, depth) {
			return false
		}
	}
	_, err := m.tokens.Token() // the closing brace
	return err == nil
}

func (m *masker) list(at place, depth int) bool {
	m.out.WriteByte('[')
	defer m.out.WriteByte(']')
	for first := true; m.tokens.More(); first = false {
		token, err := m.tokens.Token()
		if err != nil {
			return false
		}
		if !first {
			m.out.WriteByte(',')
		}
		if !m.value(token, at, depth) {
			return false
		}
	}
	_, err := m.tokens.Token() // the closing bracket
	return err == nil
}

// skip passes over the rest of an object or a list.
func (m *masker) skip() bool {
	for open := 1; open > 0; {
		token, err := m.tokens.Token()
		if err != nil {
			return false
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			open++
		case json.Delim('}'), json.Delim(']'):
			open--
		}
	}
	return true
}

func (m *masker) text(s string) {
	quoted, _ := json.Marshal(s) // a text always marshals
	m.out.Write(quoted)
}

func maskForm(fields []callback.Field) string {
	list := make([]string, len(fields))
	for i, f := range fields {
		parts := strings.FieldsFunc(f.Name, func(r rune) bool { return strings.ContainsRune("[].", r) })
		at := place{known: true}
		for n, part := range parts {
			if place := small.MatchString(part); place && n > 0 && !small.MatchString(parts[n-1]) {
				continue // in a list; four of them would be an address
			}
			at.known = at.known && (at.key == "" || containers[at.key])
			at.key = plain(part)
			parts[n] = maskName(part)
		}
		list[i] = strings.Join(parts, ".") + "=" + maskText(at, f.Value, 0)
	}
	return strings.Join(list, "\n")
}

// maskText is a text as it is shown; JSON in it is masked as JSON.
func maskText(at place, text string, depth int) string {
	switch {
	case shown(at, text):
		return text
	case depth < maxNesting && len(text) > 1 && (text[0] == '{' || text[0] == '['):
		return maskJSON([]byte(text), depth+1)
	}
	return hidden
}

// name is what names of fields look like: no address does, no text of several words, no number of a person.
var name = regexp.MustCompile(`^[A-Za-z_][A-Za-z_]*[0-9]{0,2}[A-Za-z_]*$`)

const maxName = 40

func maskName(key string) string {
	if len(key) > maxName || !name.MatchString(key) {
		return hidden
	}
	return key
}

// plain is a key by which it is looked up: ticketId and ticket_id are one.
func plain(key string) string { return strings.ToLower(strings.ReplaceAll(key, "_", "")) }

func set(keys string) map[string]bool {
	m := map[string]bool{}
	for _, k := range strings.Fields(keys) {
		m[k] = true
	}
	return m
}

var (
	// containers hold tickets or parts of one, and no person.
	containers = set(`data tickets items complaints ticket complaint payload resource event meta interactions attachments attached
		rastatus hugmestatus status evaluation moderation company old new changes`)
	// ids are keys of Reclame Aqui's and of our ids.
	ids = set(`id ids ticketid ticketids complaintid complaintids hugmeid hugmeids sourceexternalid sourceid idra companyid
		customerid interactionid ticketinteractionid statusid typeid eventid deliveryid webhookid pageid moderationid
		ticket tickets complaint complaints`)
	// times are keys of when something happened there.
	times = set(`date time timestamp createdat creationdate updatedat updatedate modifiedat modificationdate lastmodificationdate
		insertiondate closedat closeddate sentat receivedat occurredat eventdate publishedat rarepliesdate firstreplydate`)
	// states are keys of words like TICKET_UPDATED, and of small numbers.
	states = set(`event eventtype type kind action status state topic statusid typeid score rating total count page size version attempt`)
	// words are what such words are made of.
	words = set(`ticket tickets complaint complaints interaction message reply answer evaluation moderation consideration status
		reclamacao resposta replica mensagem avaliacao moderacao atendimento
		new update updated create created change changed close closed open opened reopened delete deleted add added remove removed
		criado criada atualizado atualizada alterado alterada fechado fechada novo nova
		public private publica privada consumer company ra hugme test ping webhook event notification received sent
		progress waiting finished answered replied solved evaluated moderated pending done in of not and`)
)

var (
	number   = regexp.MustCompile(`^[0-9]{1,18}$`)
	small    = regexp.MustCompile(`^[0-9]{1,4}$`)
	random   = regexp.MustCompile(`^([0-9a-f]{24}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$`)
	word     = regexp.MustCompile(`^[A-Za-z]+([_. :-][A-Za-z]+)*$`)
	joint    = regexp.MustCompile(`[_. :-]|([a-z])([A-Z])`)
	longRun  = regexp.MustCompile(`[0-9]{8}`)
	longest  = regexp.MustCompile(`[0-9]{11}`)
	longAgo  = time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC)
	writings = []string{time.RFC3339, time.DateTime, time.DateOnly, "2006-01-02T15:04:05", "02/01/2006 15:04:05", "02/01/2006"}
)

// shown says whether a scalar may be seen where it stands.
func shown(at place, text string) bool {
	switch {
	case ids[at.key]:
		return number.MatchString(text) && !resembles(text) || random.MatchString(text) && !longest.MatchString(text)
	case states[at.key] && at.known:
		return small.MatchString(text) || isWord(text)
	case times[at.key] && at.known:
		return isTime(text)
	}
	return false
}

// resembles says whether what should be an id may be a person's number.
func resembles(text string) bool {
	const cpf, cnpj = 11, 14
	return len(text) == cpf || len(text) == cnpj || len(personal.Find(text)) > 0
}

func isWord(text string) bool {
	if len(text) > maxName || !word.MatchString(text) {
		return false
	}
	parts := strings.Fields(strings.ToLower(joint.ReplaceAllString(text, "$1 $2")))
	return !slices.ContainsFunc(parts, func(part string) bool { return !words[part] })
}

// isTime is a time of recent years: the earlier ones are of births. Fractions of a second may be as long as one likes.
func isTime(text string) bool {
	return !longRun.MatchString(text) && slices.ContainsFunc(writings, func(layout string) bool {
		at, err := time.Parse(layout, text)
		return err == nil && at.After(longAgo)
	})
}
