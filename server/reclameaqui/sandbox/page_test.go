package sandbox

import (
	"io/fs"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// TestPage loads the page and all that it names; nothing of it comes from elsewhere.
func TestPage(t *testing.T) {
	w := open(t, Config{})
	files, err := fs.ReadDir(pages, "page")
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]string{"html": "text/html", "css": "text/css", "js": "text/javascript"}
	for _, f := range files {
		r := w.do("GET", "/page/"+f.Name(), "", "")
		if r.status != 200 || !strings.HasPrefix(r.header.Get("Content-Type"), kinds[ending(f.Name())]) {
			t.Errorf("%s: %d %s", f.Name(), r.status, r.header.Get("Content-Type"))
		}
		for _, loaded := range regexp.MustCompile(`(?:src|href|from)\s*=?\s*["']([^"'#]+\.(?:js|css))["']`).FindAllStringSubmatch(string(r.body), -1) {
			name := strings.TrimPrefix(strings.TrimPrefix(loaded[1], "page/"), "./")
			if got := w.do("GET", "/page/"+name, "", "").status; got != 200 {
				t.Errorf("%s loads %s: %d", f.Name(), loaded[1], got)
			}
		}
	}
	// Every switch has its words on the page.
	labels := string(w.do("GET", "/page/switches.js", "", "").body)
	Switches{}.each(func(name string, _ reflect.Value, _ []string) {
		if !strings.Contains(labels, name+":") {
			t.Errorf("the page has no words for the switch %s", name)
		}
	})
	if r := w.do("GET", "/page/nothing.js", "", ""); r.status != 404 {
		t.Errorf("an unknown file: %d", r.status)
	}
}
