package secret

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// Whatever prints, logs or encodes a secret shows <redacted> and nothing of it.
func TestNothingShows(t *testing.T) {
	const hidden = "demo-password"
	keys := ring(t, []byte(strings.Repeat(hidden, 3))[:KeySize])
	type config struct {
		Password Text
		Keys     *Keyring
	}
	for name, v := range map[string]any{
		"text": Text(hidden), "pointer to text": new(Text(hidden)), "empty text": Text(""),
		"keyring": keys, "keyring by value": *keys, "config": config{hidden, keys},
		"pointer to config": &config{hidden, keys}, "list": []Text{hidden}, "map": map[string]Text{"password": hidden},
	} {
		for how, text := range renderings(t, v) {
			for _, part := range []string{hidden, fmt.Sprintf("%x", hidden[:4]), fmt.Sprintf("%X", hidden[:4]), "100 101"} {
				if strings.Contains(text, part) {
					t.Errorf("%s, %s: shows %q", name, how, text)
				}
			}
			if !strings.Contains(text, "redacted") {
				t.Errorf("%s, %s: %q", name, how, text)
			}
		}
	}
	if Text(hidden).Reveal() != hidden {
		t.Error("Reveal hides it too")
	}
}

func renderings(t *testing.T, v any) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		texts[verb] = fmt.Sprintf(verb, v)
	}
	encoded, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	texts["JSON"] = string(encoded)
	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"slog text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		"slog JSON": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	} {
		var b bytes.Buffer
		slog.New(handler(&b)).Info("it", "value", v)
		texts[name] = b.String()
	}
	if s, ok := v.(fmt.Stringer); ok {
		texts["String"] = s.String()
	}
	if s, ok := v.(fmt.GoStringer); ok {
		texts["GoString"] = s.GoString()
	}
	if _, ok := v.(Text); ok {
		encoded, err := xml.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		texts["XML"] = string(encoded)
	}
	return texts
}
