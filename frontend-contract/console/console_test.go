package console

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
)

func get(t *testing.T, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	Handler("/graphql").ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestThePageIsServedAtBothPathsUnderItsPolicy(t *testing.T) {
	for _, path := range []string{"/graphiql", "/graphiql/"} {
		r := get(t, path)
		if r.StatusCode != 200 || r.Header.Get("Content-Type") != "text/html; charset=utf-8" {
			t.Fatalf("%s: %d %s", path, r.StatusCode, r.Header.Get("Content-Type"))
		}
		for name, want := range map[string]string{
			"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache",
		} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
	}
	scripts := regexp.MustCompile(`script-src ([^;]*);`).FindStringSubmatch(policy)
	if scripts == nil || scripts[1] != "'self'" {
		t.Errorf("scripts may come from %v", scripts)
	}
	if outside := regexp.MustCompile(`https?:|\*`).FindString(policy); outside != "" {
		t.Errorf("the policy lets %q in", outside)
	}
}

func TestThePageRefersToItsOwnFilesAlone(t *testing.T) {
	page := body(t, get(t, Path))
	references := regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(page, -1)
	if len(references) != 8 {
		t.Errorf("%d references, want 8", len(references))
	}
	for _, reference := range references {
		if r := get(t, reference[1]); !strings.HasPrefix(reference[1], Path+"/assets/") || r.StatusCode != 200 {
			t.Errorf("%s: %d", reference[1], r.StatusCode)
		}
	}
	if inline := regexp.MustCompile(`<script(?: type="text/javascript")?>|\son\w+=|<style`).FindString(page); inline != "" {
		t.Errorf("inline: %s", inline)
	}
}

func TestEveryAssetIsServedPackedAndPlain(t *testing.T) {
	if len(served().byPath) != 9 || len(served().paths) != 9 {
		t.Fatalf("%d assets of %d names, want 9", len(served().byPath), len(served().paths))
	}
	for path := range served().byPath {
		plain := get(t, path)
		packed := get(t, path, "Accept-Encoding", "br, gzip")
		if plain.Header.Get("Content-Encoding") != "" || packed.Header.Get("Content-Encoding") != "gzip" {
			t.Fatalf("%s: encodings %q and %q", path, plain.Header.Get("Content-Encoding"), packed.Header.Get("Content-Encoding"))
		}
		unpacked, err := gzip.NewReader(packed.Body)
		if err != nil {
			t.Fatal(path, err)
		}
		text, err := io.ReadAll(unpacked)
		if err != nil {
			t.Fatal(path, err)
		}
		if whole := body(t, plain); whole == "" || whole != string(text) {
			t.Errorf("%s: %d bytes plain, %d unpacked", path, len(whole), len(text))
		}
		for _, r := range []*http.Response{plain, packed} {
			if r.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" || r.Header.Get("Vary") != "Accept-Encoding" ||
				r.Header.Get("X-Content-Type-Options") != "nosniff" || r.Header.Get("Content-Type") == "" {
				t.Errorf("%s: headers %v", path, r.Header)
			}
		}
	}
}

func TestWhatIsNotThereIsNotFoundAndOnlyReadingIsServed(t *testing.T) {
	for _, path := range []string{"/graphiql/assets/", "/graphiql/assets/console.js", "/graphiql/x", "/graphiql/assets/../page.html"} {
		if r := get(t, path); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
	}
	w := httptest.NewRecorder()
	Handler("/graphql").ServeHTTP(w, httptest.NewRequest(http.MethodPost, Path, nil))
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
}

func TestAcceptsGzip(t *testing.T) {
	for value, want := range map[string]bool{
		"": false, "gzip": true, "GZIP": true, "br, gzip;q=0.5": true, "gzip;q=0": false, "gzip; q=0.000": false,
		"*": true, "*;q=0": false, "*, gzip;q=0": false, "gzip;q=0, *": false, "identity": false, "x-gzip": true,
	} {
		if got := acceptsGzip([]string{value}); got != want {
			t.Errorf("%q: %v", value, got)
		}
	}
}

// pageExamples reads the examples where the page's script does.
func pageExamples(t *testing.T) (read settings) {
	t.Helper()
	block := regexp.MustCompile(`(?s)<script type="application/json" id="settings">(.*?)</script>`).FindStringSubmatch(body(t, get(t, Path)))
	if block == nil {
		t.Fatal("the page has no settings")
	}
	if err := json.Unmarshal([]byte(block[1]), &read); err != nil {
		t.Fatal(err)
	}
	return read
}

func TestTheExamplesAreOfTheContract(t *testing.T) {
	text, err := os.ReadFile("../../schema.graphql")
	if err != nil {
		t.Fatal(err)
	}
	schema := gqlparser.MustLoadSchema(&ast.Source{Name: "schema.graphql", Input: string(text)})
	read := pageExamples(t)
	if read.GraphQLPath != "/graphql" || len(read.Examples) != 5 {
		t.Fatalf("settings: %q, %d examples", read.GraphQLPath, len(read.Examples))
	}
	for _, e := range read.Examples {
		document, errs := gqlparser.LoadQueryWithRules(schema, e.Query, nil)
		if errs != nil {
			t.Errorf("%s: %v", e.Title, errs)
			continue
		}
		operation := document.Operations.ForName(e.Operation)
		if operation == nil || len(document.Operations) != 1 {
			t.Errorf("%s: its one operation is not %s", e.Title, e.Operation)
			continue
		}
		if _, err := validator.VariableValues(schema, operation, variables(t, e.Variables)); err != nil {
			t.Errorf("%s: %v", e.Title, err)
		}
		if e.Choice == "" {
			continue
		}
		if _, errs := gqlparser.LoadQueryWithRules(schema, e.Choice, nil); errs != nil {
			t.Errorf("%s, choice: %v", e.Title, errs)
		}
	}
}

func variables(t *testing.T, text string) map[string]any {
	t.Helper()
	values := map[string]any{}
	if text == "" {
		return values
	}
	d := json.NewDecoder(bytes.NewBufferString(text))
	d.UseNumber()
	if err := d.Decode(&values); err != nil {
		t.Fatal(err)
	}
	return values
}
