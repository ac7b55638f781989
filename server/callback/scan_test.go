package callback

import (
	"encoding/json"
	"strings"
	"testing"
)

// FuzzScan: of a body that is JSON, the scanner reads the tokens that encoding/json reads.
func FuzzScan(f *testing.F) {
	for _, body := range []string{
		`{"a":[1,-2.5e+3,"x\"\\\u00e3",true,false,null,{}],"":""}`, "[[],[1],\n\"x\"]", `{"a":"` + strings.Repeat(`\\`, 5) + `"}`, "\"\xff\"", " -1 ",
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		if !json.Valid([]byte(body)) {
			return
		}
		want := json.NewDecoder(strings.NewReader(body))
		want.UseNumber()
		var tokens []piece
		for {
			next, err := want.Token()
			if err != nil {
				break
			}
			switch v := next.(type) {
			case json.Delim:
				tokens = append(tokens, piece{kind: byte(v)})
			case string:
				tokens = append(tokens, piece{aText, v})
			case json.Number:
				tokens = append(tokens, piece{aNumber, v.String()})
			default:
				tokens = append(tokens, piece{kind: aLiteral})
			}
		}
		s := scanner{text: body}
		for i, want := range tokens {
			got, ok := s.next()
			// What is no UTF-8 stays as it is: nothing is looked up by it.
			if got.text = strings.ToValidUTF8(got.text, "\ufffd"); !ok || got.kind != want.kind || want.kind != aText && got.text != want.text {
				t.Fatalf("token %d of %q is %v %v, want %v", i, body, got, ok, want)
			}
		}
		if got, ok := s.next(); ok {
			t.Fatalf("%v behind %q", got, body)
		}
	})
}
