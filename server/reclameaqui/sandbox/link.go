package sandbox

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// linkKey signs the links of one process: those of an earlier one are expired.
type linkKey []byte

func newLinkKey() linkKey { return linkKey(rand.Text()) }

func (k linkKey) sign(parts ...string) string {
	mac := hmac.New(sha256.New, k)
	for _, p := range parts {
		_, _ = mac.Write([]byte(strconv.Itoa(len(p)) + ":" + p)) // a hash takes everything
	}
	return hex.EncodeToString(mac.Sum(nil))
}

// base is where a request reached the sandbox.
func base(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

// serveLink answers E4: a link to the file of a detail, good for a short time. Every call makes another.
func (s *Server) serveLink(v *visit) answer {
	id := v.PathValue("detailId")
	name, _, err := s.attachment(id)
	if err != nil {
		return refused(err)
	}
	until, once := strconv.FormatInt(v.at.Add(v.sw.linkLifetime()).Unix(), 10), rand.Text()[:8]
	link := base(v.Request) + "/api/files/" + id + "/" + url.PathEscape(name) + "?" + url.Values{
		"expires": {until}, "once": {once}, "signature": {s.links.sign(id, name, until, once)},
	}.Encode()
	field := "attachmentLink"
	if v.sw.LinkField != "" {
		field = v.sw.LinkField
	}
	return ok(map[string]string{field: link, "attachmentName": name})
}

// serveFile serves a temporary link, and the lasting address that a public attachment's detail names.
func (s *Server) serveFile(v *visit) answer {
	key, name, q := v.PathValue("key"), v.PathValue("name"), v.URL.Query()
	if !q.Has("signature") {
		content, found := s.files.get(key)
		if !found {
			return refused(errNoFile)
		}
		return served(name, content)
	}
	until, err := strconv.ParseInt(q.Get("expires"), 10, 64)
	genuine := hmac.Equal([]byte(q.Get("signature")), []byte(s.links.sign(key, name, q.Get("expires"), q.Get("once"))))
	if err != nil || !genuine || !v.at.Before(time.Unix(until, 0)) {
		return refused(refuse(4030, "O link expirou."))
	}
	name, content, err := s.attachment(key)
	if err != nil {
		return refused(err)
	}
	return served(name, content)
}
