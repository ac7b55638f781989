package console

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

// files are the page's. Those in assets/vendor are the packages' own, compressed; vendor.mjs fetches
// them and lists their versions, LICENSES.txt has the licences of all that is in them.
//
//go:embed assets
var files embed.FS

// asset is one file as it is served.
type asset struct {
	mediaType string
	zipped    []byte
	plain     func() []byte // unpacked when a client first asks for it so
}

// assets are found by the path they are served at, which changes with their content, and by name.
type assets struct {
	byPath map[string]asset
	paths  map[string]string
}

var served = sync.OnceValue(func() assets {
	all := assets{map[string]asset{}, map[string]string{}}
	must(fs.WalkDir(files, "assets", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := files.ReadFile(file)
		if err != nil {
			return err
		}
		name, wasZipped := strings.CutSuffix(path.Base(file), ".gz")
		if !wasZipped {
			content = zip(content)
		}
		sum := sha256.Sum256(content)
		extension := path.Ext(name)
		all.paths[name] = Path + "/assets/" + strings.TrimSuffix(name, extension) + "." + hex.EncodeToString(sum[:6]) + extension
		all.byPath[all.paths[name]] = asset{
			mediaType: mediaType(extension), zipped: content, plain: sync.OnceValue(func() []byte { return unzip(content) }),
		}
		return nil
	}))
	return all
})

// mediaType is fixed here where a machine's own table may differ.
func mediaType(extension string) string {
	if extension == ".js" {
		return "text/javascript; charset=utf-8"
	}
	return mime.TypeByExtension(extension)
}

func (a asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.mediaType)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Add("Vary", "Accept-Encoding")
	body := a.zipped
	if acceptsGzip(r.Header.Values("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
	} else {
		body = a.plain()
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // the client has gone: nobody to tell
}

// acceptsGzip reads Accept-Encoding (RFC 9110, 12.5.3): named or covered by *, and not with q=0.
func acceptsGzip(values []string) bool {
	accepted, named := false, false
	for part := range strings.SplitSeq(strings.Join(values, ","), ",") {
		coding, parameter, _ := strings.Cut(part, ";")
		coding = strings.ToLower(strings.TrimSpace(coding))
		q, hasQ := strings.CutPrefix(strings.ToLower(strings.TrimSpace(parameter)), "q=")
		wanted := !hasQ || strings.Trim(q, "0.") != ""
		switch {
		case coding == "gzip" || coding == "x-gzip":
			accepted, named = wanted, true
		case coding == "*" && !named:
			accepted = wanted
		}
	}
	return accepted
}

func zip(content []byte) []byte {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	must(err)
	_, err = w.Write(content)
	must(err)
	must(w.Close())
	return out.Bytes()
}

func unzip(content []byte) []byte {
	r, err := gzip.NewReader(bytes.NewReader(content))
	must(err)
	plain, err := io.ReadAll(r)
	must(err)
	return plain
}
