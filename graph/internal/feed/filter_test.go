package feed

import (
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/identity"
)

// A list that is kept by the verdicts alone holds what a list that is loaded would, whatever changes and in whichever order,
// and whatever has happened since. The filter's dimensions are all asked of the event, none of the ticket as it is now.
func TestAListIsKeptByVerdicts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		some := func(prefix, label string) []string {
			if rapid.Bool().Draw(t, label+" is free") {
				return nil
			}
			return rapid.SliceOfDistinct(rapid.Map(rapid.IntRange(1, 3), func(n int) string { return prefix + strconv.Itoa(n) }), rapid.ID[string]).Draw(t, label)
		}
		f := Filter{SectorIDs: some("sec_", "sectors"), Statuses: some("st_", "statuses"), AssigneeIDs: some("usr_", "assignees")}
		if rapid.Bool().Draw(t, "by unread") {
			unread := rapid.Bool().Draw(t, "unread")
			f.Unread = &unread
		}
		v := identity.Viewer{Role: user.RoleADMIN}
		if rapid.Bool().Draw(t, "agent") {
			v = identity.Viewer{Role: user.RoleAGENT, SectorIDs: []string{"sec_1", "sec_2"}}
		}
		now := standing{"sec_1", "st_1", "", "false"}
		listed := func() bool { return f.takes(now) && v.Sees(now.sector) }
		kept := listed()
		for range rapid.IntRange(1, 20).Draw(t, "changes") {
			e := &db.TicketEvent{TicketID: "t"}
			set := func(field string, at *string, values ...string) {
				if is := rapid.SampledFrom(append(values, *at)).Draw(t, field); is != *at {
					was := *at
					e.Changes = append(e.Changes, schema.FieldChange{Field: field, Old: &was, New: &is})
					*at = is
				}
			}
			set("sector", &now.sector, "sec_1", "sec_2", "sec_3")
			set("status", &now.status, "st_1", "st_2")
			set("assignee", &now.assignee, "", "usr_1", "usr_2")
			set("unread", &now.unread, "true", "false")
			e.SectorID, e.Status, e.Unread = now.sector, now.status, now.unread == "true"
			if now.assignee != "" {
				e.AssigneeID = &now.assignee
			}
			was := kept
			switch judge(f, v, e) {
			case shown:
				kept = true
			case left:
				if kept = false; !was {
					t.Error("what was not in the list has left it")
				}
			}
			if kept != listed() {
				t.Fatalf("after %v the list says %t", e.Changes, kept)
			}
		}
	})
}
