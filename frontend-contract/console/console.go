// Package console owns GraphiQL as the demo serves it: offline, with example tabs of this contract
// that work, and with a session of its own, so that what the tab "Entrar" answers is sent with
// everything after it.
//
// It refuses to reach any other host: every file of the page is embedded here and its policy
// (Content-Security-Policy) lets the browser load from this server alone. It knows no schema and no
// user: the page speaks to the GraphQL path it is given, like any app. Package app mounts it.
package console

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"html/template"
	"net/http"
	"strings"
)

// Path is where the page lives; its files are below Path + "/assets/".
const Path = "/graphiql"

// policy lets the page load from its own server alone. Inline styles are allowed because CodeMirror
// and the dialogs of GraphiQL make some; scripts are not. Fonts and small images are data URLs
// inside GraphiQL's style sheet. 'self' covers the WebSocket of the same host (CSP 3).
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

//go:embed page.html
var pageSource string

// settings is what the page's script reads.
type settings struct {
	GraphQLPath string    `json:"graphqlPath"`
	Examples    []Example `json:"examples"`
}

// Handler serves the console for the GraphQL endpoint at a path of the same server. Mount it at Path
// and at Path + "/". It panics when an embedded file is broken, which the package's test excludes.
func Handler(graphqlPath string) http.Handler {
	page := render(graphqlPath)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "only GET is served here", http.StatusMethodNotAllowed)
			return
		}
		if r.URL.Path == Path || r.URL.Path == Path+"/" {
			h.Set("Content-Security-Policy", policy)
			h.Set("Content-Type", "text/html; charset=utf-8")
			// The page names its files by their content, so it alone must be fresh.
			h.Set("Cache-Control", "no-cache")
			_, _ = w.Write(page) // the client has gone: nobody to tell
			return
		}
		if a, ok := served().byPath[r.URL.Path]; ok {
			a.serve(w, r)
			return
		}
		http.NotFound(w, r)
	})
}

func render(graphqlPath string) []byte {
	text, err := json.Marshal(settings{graphqlPath, Examples()})
	must(err)
	page := template.Must(template.New("page").Funcs(template.FuncMap{"asset": pathOf}).Parse(pageSource))
	var out bytes.Buffer
	must(page.Execute(&out, struct{ Settings template.JS }{template.JS(text)})) // json.Marshal escapes <, > and &
	return out.Bytes()
}

// pathOf is where a file of the page is served.
func pathOf(name string) string {
	path, ok := served().paths[name]
	if !ok {
		panic("console: no asset " + name)
	}
	return path
}

// must is for what is embedded: it cannot fail once the package's test has passed.
func must(err error) {
	if err != nil {
		panic("console: " + strings.TrimSpace(err.Error()))
	}
}
