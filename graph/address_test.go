package graph

import (
	"net/http"
	"testing"
)

func TestAddressOf(t *testing.T) {
	for _, c := range []struct {
		peer      string
		forwarded []string
		want      string
	}{
		{"203.0.113.7:4711", nil, "203.0.113.7"},
		{"203.0.113.7:4711", []string{"198.51.100.1"}, "203.0.113.7"}, // a stranger's word
		{"127.0.0.1:4711", nil, "127.0.0.1"},
		{"10.0.0.2:4711", []string{"198.51.100.1"}, "198.51.100.1"},
		{"10.0.0.2:4711", []string{"1.1.1.1, 198.51.100.1"}, "198.51.100.1"},
		{"10.0.0.2:4711", []string{"1.1.1.1", " 198.51.100.1 "}, "198.51.100.1"},
		{"10.0.0.2:4711", []string{"nonsense"}, "10.0.0.2"},
		{"[::ffff:203.0.113.7]:4711", nil, "203.0.113.7"},
		{"[2001:db8:1:2:3:4:5:6]:4711", nil, "2001:db8:1:2::/64"},
		{"[fe80::1%eth0]:4711", nil, "fe80::/64"},
		{"@", nil, ""},
	} {
		r := &http.Request{RemoteAddr: c.peer, Header: http.Header{"X-Forwarded-For": c.forwarded}}
		if got := addressOf(r); got != c.want {
			t.Errorf("%s through %q: %q, want %q", c.peer, c.forwarded, got, c.want)
		}
	}
}
