package transport

import (
	"encoding/json"
	"time"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Subprotocol is the only one that sockets speak (PROTOCOL.md of graphql-ws).
const Subprotocol = "graphql-transport-ws"

// The close codes of the protocol, and of RFC 6455 where that has one.
const (
	CloseGoingAway         = 1001 // the server stops; come back
	CloseTooBig            = 1009 // a message over MaxMessage
	CloseTryLater          = 1013 // too many sockets of one owner; authentication is out of order
	CloseInvalidMessage    = 4400
	CloseUnauthorized      = 4401 // an operation before the acknowledgement
	CloseForbidden         = 4403 // authentication refused, or the session has ended
	CloseSubprotocol       = 4406
	CloseInitTimeout       = 4408
	CloseDuplicate         = 4409 // an id whose operation still lives
	CloseTooManyInits      = 4429
	CloseInternal          = 4500 // a fault of ours
	closeReasonLimit       = 123  // bytes; a control frame's 125 less the code (RFC 6455, 5.5)
	closeAbnormal          = 1006
	closeNoStatus          = 1005
	messageSubprotocol     = "Subprotocol not acceptable"
	messageInitTimeout     = "Connection initialisation timeout"
	messageTooManyInits    = "Too many initialisation requests"
	messageUnauthorized    = "Unauthorized"
	messageForbidden       = "Forbidden"
	messageSessionEnded    = "Session ended"
	messageTooManySockets  = "Too many sockets"
	messageTryLater        = "Try again later"
	messageInternalFailure = "Internal server error"
)

// Types of messages, by who sends them.
const (
	typeInit      = "connection_init" // client
	typeSubscribe = "subscribe"       // client
	typePing      = "ping"            // both
	typePong      = "pong"            // both
	typeComplete  = "complete"        // both
	typeNext      = "next"            // server
	typeError     = "error"           // server
)

var framePing = []byte(`{"type":"ping"}`)

// message is one message of a client, its shape checked.
type message struct {
	kind    string
	id      string             // of subscribe and complete
	payload json.RawMessage    // of ping, pong: an object or nil
	params  *graphql.RawParams // of subscribe
	// authorization is that of connection_init, or of a ping that renews it; "" when it has none.
	authorization string
}

// parseMessage reads a client's message. The error, a malformed, is the reason of
// close code 4400.
func parseMessage(data []byte) (m message, err error) {
	fields, err := parseObject(data)
	if err != nil {
		return m, malformed("Invalid message: not a JSON object")
	}
	var ok bool
	if m.kind, ok = stringOf(fields["type"]); !ok {
		return m, malformed("Invalid message: type is required and must be a string")
	}
	switch m.kind {
	case typeInit, typePing:
		return m, m.parseInit(fields["payload"])
	case typePong:
		return m, m.parsePayload(fields["payload"])
	case typeSubscribe, typeComplete:
		if m.id, ok = stringOf(fields["id"]); !ok || m.id == "" {
			return m, malformed("Invalid message: id is required and must be a string")
		}
	default:
		return m, malformed("Invalid message: this type is not a client's")
	}
	if m.kind == typeSubscribe {
		if m.params, err = parseParams(fields["payload"]); err != nil {
			return m, malformed("Invalid message: " + err.Error())
		}
	}
	return m, nil
}

func (m *message) parsePayload(raw json.RawMessage) error {
	if isNull(raw) {
		return nil
	}
	if !startsWith(raw, '{') {
		return malformed("Invalid message: payload must be an object")
	}
	m.payload = raw
	return nil
}

// parseInit takes the Authorization out of connection_init or ping, in either of the two
// spellings that clients use.
func (m *message) parseInit(raw json.RawMessage) error {
	if err := m.parsePayload(raw); err != nil || m.payload == nil {
		return err
	}
	fields, err := parseObject(m.payload)
	if err != nil {
		return malformed("Invalid message: payload must be an object")
	}
	for _, name := range []string{"Authorization", "authorization"} {
		if isNull(fields[name]) {
			continue
		}
		text, ok := stringOf(fields[name])
		if !ok {
			return malformed("Invalid message: Authorization must be a string")
		}
		if text != "" {
			m.authorization = text
			return nil
		}
	}
	return nil
}

// ack acknowledges a connection_init, with the time at which its authorization ends, if it does.
func ack(ends time.Time) []byte {
	b := []byte(`{"type":"connection_ack"`)
	if payload := expiry(ends); payload != nil {
		b = append(append(b, `,"payload":`...), payload...)
	}
	return append(b, '}')
}

// expiry is a payload that says when an authorization ends, nil when it does not.
func expiry(ends time.Time) json.RawMessage {
	if ends.IsZero() {
		return nil
	}
	return ends.UTC().AppendFormat([]byte(nil), `{"expiresAt":"2006-01-02T15:04:05.000Z"}`)
}

// pong answers a ping with its own payload, one that renewed the session with its new end.
func pong(payload json.RawMessage) []byte {
	b := []byte(`{"type":"pong"`)
	if payload != nil {
		b = append(append(b, `,"payload":`...), payload...)
	}
	return append(b, '}')
}

// head begins the message about an operation; the caller adds the payload and "}".
func head(kind, id string) []byte {
	quoted, _ := json.Marshal(id) // a string always marshals
	b := make([]byte, 0, 512)
	b = append(append(append(b, `{"id":`...), quoted...), `,"type":"`...)
	return append(append(b, kind...), '"')
}

func nextFrame(id string, r *graphql.Response) []byte {
	return append(appendResponse(nextHead(id), r), '}')
}

// nextHead is a next message up to its payload.
func nextHead(id string) []byte { return append(head(typeNext, id), `,"payload":`...) }

func errorFrame(id string, errs gqlerror.List) []byte {
	b := head(typeError, id)
	return append(appendErrors(append(b, `,"payload":`...), errs), '}')
}

func completeFrame(id string) []byte { return append(head(typeComplete, id), '}') }

// duplicateReason words 4409 as the protocol does, shortened to what a close frame holds.
func duplicateReason(id string) string {
	return clip("Subscriber for ", id, " already exists")
}

func clip(before, text, after string) string {
	if room := closeReasonLimit - len(before) - len(after); len(text) > room {
		for room > 0 && !utf8.RuneStart(text[room]) {
			room--
		}
		text = text[:room]
	}
	return before + text + after
}
