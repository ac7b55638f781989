package origin_test

import (
	"net/http"
	"testing"

	"citrus.cx/channel/server/origin"
)

func TestAllows(t *testing.T) {
	listed := origin.New([]string{"https://app.example.com", " http://localhost:5173/"})
	anyone := origin.New([]string{"*"})
	for from, want := range map[string][2]bool{
		"":                                 {true, true},
		"https://api.example.com":          {true, true}, // the server's own host
		"https://API.example.com":          {true, true},
		"https://app.example.com":          {true, true},
		"http://localhost:5173":            {true, true},
		"http://localhost:5174":            {false, true},
		"http://app.example.com":           {false, true},
		"https://app.example.com.evil.org": {false, true},
		"https://evil.example.com":         {false, true},
		"null":                             {false, true},
		"://":                              {false, true},
	} {
		r := &http.Request{Host: "api.example.com", Header: http.Header{}}
		if from != "" {
			r.Header.Set("Origin", from)
		}
		if got := [2]bool{listed.Allows(r), anyone.Allows(r)}; got != want {
			t.Errorf("Origin: %s gives %v, want %v", from, got, want)
		}
	}
}
