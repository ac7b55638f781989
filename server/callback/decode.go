package callback

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"strings"
)

// decode undoes a body's content encoding, within the cap: more is *http.MaxBytesError. What is not encoded as it
// claims, or in a way unknown here, is kept as it came: nothing can be read from it, and so it is a poll.
func decode(body []byte, encoding string, limit int64) ([]byte, error) {
	var plain io.ReadCloser
	var err error
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "gzip", "x-gzip":
		plain, err = gzip.NewReader(bytes.NewReader(body))
	case "deflate":
		plain, err = zlib.NewReader(bytes.NewReader(body))
	default:
		return body, nil
	}
	if err != nil {
		return body, nil
	}
	defer plain.Close()
	decoded, err := io.ReadAll(io.LimitReader(plain, limit+1))
	switch {
	case int64(len(decoded)) > limit:
		return nil, &http.MaxBytesError{Limit: limit}
	case err != nil:
		return body, nil
	}
	return decoded, nil
}
