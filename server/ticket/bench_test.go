package ticket

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"citrus.cx/channel/ent/db/ticketevent"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/reclameaqui"
)

// BenchmarkMerge merges a page of 50 complaints with every oddity on SQLite. The reference is read, what parsing such a page
// costs: merging it unchanged must stay below that, whatever a complaint holds.
func BenchmarkMerge(b *testing.B) {
	w := newWorld(b, databasetest.Open(b, databasetest.SQLite(b), database.Options{}))
	row := oddities(b)[0]
	next := int64(0)
	page := func() (list []reclameaqui.Complaint) {
		for range 50 {
			next++
			var fields map[string]json.RawMessage
			if err := json.Unmarshal(row, &fields); err != nil {
				b.Fatal(err)
			}
			fields["id"] = fmt.Append(nil, next)
			raw, err := json.Marshal(fields)
			if err != nil {
				b.Fatal(err)
			}
			c, err := reclameaqui.ReadComplaint(raw)
			if err != nil {
				b.Fatal(err)
			}
			list = append(list, c)
		}
		return list
	}
	merge := func(list []reclameaqui.Complaint) Report {
		r, err := w.store.Merge(context.Background(), Read{Defaults: w.defaults, Cause: ticketevent.CauseBACKFILL, Complaints: list, At: w.now})
		if err != nil {
			b.Fatal(err)
		}
		return r
	}
	known := page()
	merge(known)
	b.Run("unchanged", func(b *testing.B) {
		for b.Loop() {
			if r := merge(known); r.Unchanged != 50 {
				b.Fatalf("%+v", r)
			}
		}
	})
	b.Run("new", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			fresh := page()
			b.StartTimer()
			if r := merge(fresh); r.New != 50 {
				b.Fatalf("%+v", r)
			}
		}
	})
	b.Run("convert", func(b *testing.B) {
		for b.Loop() {
			for _, c := range known {
				convert(c, noon)
			}
		}
	})
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			for _, c := range known {
				if _, err := reclameaqui.ReadComplaint(c.Raw); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}
