package sandbox

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// What Reclame Aqui gets wrong changes no date and calls nobody back, and is as it was when it ends.
func TestSlips(t *testing.T) {
	w := open(t, Config{Complaints: -1, Rate: 1000})
	id := strings.TrimPrefix(w.create(), "/complaints/")
	row := func() string {
		var page struct{ Data []json.RawMessage }
		w.get("/ticket/v1/tickets").decode(t, &page)
		if len(page.Data) == 0 {
			return ""
		}
		return string(page.Data[0])
	}
	whole := row()
	w.settings("/clock", `{"advance":600}`)
	slip := func(body string) { admin[Ticket](w, "PUT", "/complaints/"+id+"/slip", body, 200) }
	seen := map[string]bool{whole: true}
	for way := range Ways {
		slip(fmt.Sprintf(`{"malformed":%d}`, way+1))
		broken := row()
		if seen[broken] {
			t.Errorf("way %d is like another", way+1)
		}
		seen[broken] = true
	}
	if slip(`{"malformed":0,"hidden":true}`); row() != "" {
		t.Error("it is shown")
	}
	if slip(`{"hidden":false}`); row() != whole {
		t.Errorf("healed it is %s", row())
	}
	admin[problem](w, "PUT", "/complaints/"+id+"/slip", `{"malformed":13}`, 400)
	admin[problem](w, "PUT", "/complaints/1/slip", `{}`, 404)
}

func TestTakenInLate(t *testing.T) {
	w := open(t, Config{Complaints: -1})
	made := admin[Ticket](w, "POST", "/complaints", `{"lateSeconds":7200}`, 201)
	if !made.Modified.Equal(made.Created.Time) || made.Inserted.Sub(made.Created.Time) != 2*time.Hour {
		t.Errorf("created %v, inserted %v, modified %v", made.Created, made.Inserted, made.Modified)
	}
	admin[problem](w, "POST", "/complaints", `{"lateSeconds":-1}`, 400)
}
