package transport

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// The media types of answers.
const (
	mediaJSON     = "application/json"
	mediaResponse = "application/graphql-response+json"
	mediaEvents   = "text/event-stream"
)

// accepted is what a client's Accept header leaves us to answer with.
type accepted struct {
	// media is the type that it prefers, "" when we have none that it takes.
	media string
	// events says that it takes an event stream, preferred or not: some clients list
	// it with every request and mean it for subscriptions alone.
	events bool
}

// offer is a media type of ours and how well the client likes it so far.
type offer struct {
	media    string
	quality  float64 // 0 to 1 (RFC 9110, 12.4.2); 0 is a refusal
	explicit int     // 2 named, 1 "application/*", 0 "*/*"; the most specific range counts
	position int     // of the range in the header
	named    bool
}

// negotiate reads the Accept header. Without one, and for wildcards, the answer is
// application/json: the GraphQL-over-HTTP specification asks for that for as long
// as clients exist that know no other. Among equals the client's order decides.
func negotiate(h http.Header) accepted {
	header := strings.Join(h.Values("Accept"), ",")
	if strings.TrimSpace(header) == "" {
		return accepted{media: mediaJSON}
	}
	offers := []offer{{media: mediaJSON}, {media: mediaResponse}, {media: mediaEvents}}
	for position, part := range strings.Split(header, ",") {
		media, quality, ok := parseRange(part)
		if !ok {
			continue
		}
		for i := range offers {
			offers[i].match(media, quality, position)
		}
	}
	return choose(offers)
}

func parseRange(part string) (media string, quality float64, ok bool) {
	media, params, err := mime.ParseMediaType(part)
	if err != nil {
		return "", 0, false
	}
	q, given := params["q"]
	if !given {
		return media, 1, true
	}
	quality, err = strconv.ParseFloat(q, 64)
	return media, quality, err == nil && quality >= 0 && quality <= 1
}

func (o *offer) match(media string, quality float64, position int) {
	explicit := 0
	switch {
	case media == o.media:
		explicit = 2
	case o.media == mediaEvents:
		return // a wildcard never means a stream
	case media == "application/*":
		explicit = 1
	case media != "*/*":
		return
	}
	if o.named && explicit < o.explicit {
		return
	}
	o.named, o.explicit, o.quality, o.position = true, explicit, quality, position
}

func choose(offers []offer) accepted {
	var best offer
	var a accepted
	for _, o := range offers {
		if o.media == mediaEvents {
			a.events = o.quality > 0
		}
		if o.better(best) {
			best = o
		}
	}
	a.media = best.media
	return a
}

func (o offer) better(than offer) bool {
	switch {
	case o.quality != than.quality:
		return o.quality > than.quality
	case o.quality == 0:
		return false
	case o.explicit != than.explicit:
		return o.explicit > than.explicit
	}
	return o.position < than.position
}
