package graph

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/ent/db/user"
	store "citrus.cx/channel/server/ticket"
)

// protocols reads those of a page of tickets.
func (w *world) protocols(t *testing.T, arguments string) (list []string, start, end string) {
	t.Helper()
	var page struct {
		Edges    []struct{ Node struct{ Protocol string } }
		PageInfo struct{ StartCursor, EndCursor string }
	}
	got := w.ask(t, user.RoleSUPERVISOR, `{ tickets(`+arguments+`) { edges { node { protocol } } pageInfo { startCursor endCursor } } }`, nil)
	if err := unmarshal(got, "tickets", &page); err != nil {
		t.Fatalf("%s: %v", arguments, err)
	}
	for _, e := range page.Edges {
		list = append(list, e.Node.Protocol)
	}
	return list, page.PageInfo.StartCursor, page.PageInfo.EndCursor
}

// The order of what is due loses no ticket: those without an SLA come last, or first, however the
// pages are cut and from whichever end.
func TestOrderOfWhatIsDue(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		var want, without []string
		for i := range 23 {
			row := w.ticket(int64(100+i), w.own.SectorID)
			if i%3 == 0 {
				without = append(without, row.Protocol)
				continue
			}
			at := noon.Add(time.Duration(i/2) * time.Hour) // in pairs that are due together
			update := w.Writer.Ticket.UpdateOne(row)
			store.SetDue(update.Mutation(), &at)
			update.ExecX(ctx)
			want = append(want, row.Protocol)
		}
		want = append(want, w.own.Protocol, w.other.Protocol)
		want = append(want, without...)
		for _, size := range []int{1, 4, 7, 50} {
			for _, direction := range []string{"ASC", "DESC"} {
				order := fmt.Sprintf("orderBy: {field: DUE_AT, direction: %s}", direction)
				var forward, backward []string
				for cursor := ""; ; {
					page, _, end := w.protocols(t, fmt.Sprintf("first: %d, %s%s", size, order, after("after", cursor)))
					if forward = append(forward, page...); len(page) < size {
						break
					}
					cursor = end
				}
				for cursor := ""; ; {
					page, start, _ := w.protocols(t, fmt.Sprintf("last: %d, %s%s", size, order, after("before", cursor)))
					if backward = append(slices.Clone(page), backward...); len(page) < size {
						break
					}
					cursor = start
				}
				expected := slices.Clone(want)
				if direction == "DESC" {
					slices.Reverse(expected)
				}
				if !slices.Equal(forward, expected) || !slices.Equal(backward, expected) {
					t.Errorf("%s by %d:\n%v forward\n%v backward, want\n%v", direction, size, forward, backward, expected)
				}
			}
		}
	})
}

func after(argument, cursor string) string {
	if cursor == "" {
		return ""
	}
	return fmt.Sprintf(", %s: %q", argument, cursor)
}

// What an agent's lists are made of: one's own, what is late, what is due soon.
func TestFiltersOfTheDesk(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx, now := context.Background(), time.Now().UTC().Truncate(time.Second)
		at := func(d time.Duration) *time.Time { m := now.Add(d); return &m }
		supervisor, agent := w.viewer[user.RoleSUPERVISOR].UserID, w.viewer[user.RoleAGENT].UserID
		for i, c := range []struct {
			due, answered *time.Time
			status        ticket.Status
			assignee      *string
		}{
			{at(-time.Hour), nil, ticket.StatusIN_PROGRESS, &supervisor},               // 3: late
			{at(-time.Hour), at(-2 * time.Hour), ticket.StatusAWAITING_RETURN, &agent}, // 4: answered
			{at(time.Hour), nil, ticket.StatusIN_PROGRESS, nil},                        // 5: in time
			{at(-time.Hour), nil, ticket.StatusFINISHED, nil},                          // 6: over
		} {
			update := w.Writer.Ticket.UpdateOne(w.ticket(int64(3+i), w.own.SectorID)).
				SetStatus(c.status).SetNillableFirstAnsweredAt(c.answered).SetNillableAssigneeID(c.assignee)
			store.SetDue(update.Mutation(), c.due)
			update.ExecX(ctx)
		}
		soon := fmt.Sprintf("%q", at(-30*time.Minute).Format(time.RFC3339))
		for filter, want := range map[string][]int{
			`mine: true`:                                    {3},
			`mine: false`:                                   {1, 2, 4, 5, 6},
			`mine: null`:                                    {1, 2, 3, 4, 5, 6},
			`overdue: true`:                                 {3},
			`overdue: false`:                                {1, 2, 4, 5, 6},
			`dueBefore: ` + soon:                            {3, 4, 6},
			`dueBefore: ` + soon + `, overdue: true`:        {3},
			`dueBefore: "9999-12-31T23:59:59Z"`:             {3, 4, 5, 6},
			`unassigned: true`:                              {1, 2, 5, 6},
			`unassigned: false, mine: false`:                {4},
			`unread: false`:                                 nil,
			`dueBefore: "2000-01-01T00:00:00Z", mine: true`: nil,
		} {
			got, _, _ := w.protocols(t, fmt.Sprintf("filter: {%s}", filter))
			slices.Sort(got)
			var expected []string
			for _, n := range want {
				expected = append(expected, fmt.Sprintf("2026%08d", n))
			}
			if !slices.Equal(got, expected) {
				t.Errorf("%s: %v, want %v", filter, got, expected)
			}
		}
		var late struct{ SLA struct{ State string } }
		row := w.Writer.Ticket.Query().Where(ticket.Protocol("202600000003")).OnlyX(ctx)
		if err := unmarshal(w.ask(t, user.RoleAGENT, `{ ticket(id: "`+row.ID+`") { sla { state dueAt answeredAt } } }`, nil), "ticket", &late); err != nil || late.SLA.State != "LATE" {
			t.Errorf("%v, %v", late, err)
		}
	})
}
