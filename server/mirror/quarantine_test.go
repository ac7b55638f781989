package mirror_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/hint"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/server/fault"
	. "citrus.cx/channel/server/mirror"
)

// quarantined sets a complaint aside, to be tried in an hour.
func (o *desk) quarantined(integrationID string, complaintID int64) *db.Quarantine {
	o.t.Helper()
	return o.c.Quarantine.Create().SetIntegrationID(integrationID).SetComplaintID(complaintID).SetReason("unreadable").
		SetAttempts(3).SetRetryAt(noon.Add(time.Hour)).SetUpdatedAt(noon.Add(-time.Minute)).SaveX(o.system)
}

// due are the complaints that are to be read now, by number.
func (o *desk) due() (numbers []int) {
	o.t.Helper()
	for _, h := range o.c.Hint.Query().Where(hint.DueAtLTE(o.now()), hint.CauseEQ(hint.CauseRETRY)).AllX(o.system) {
		n, err := strconv.Atoi(h.Reference)
		if err != nil || h.Kind != hint.KindCOMPLAINT {
			o.t.Errorf("a hint at %s", h)
		}
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	return numbers
}

func TestRetryQuarantined(t *testing.T) {
	each(t, func(o *desk) {
		a, b, idle := o.mirror("a", integration.StateACTIVE), o.mirror("b", integration.StateACTIVE), o.mirror("idle", integration.StatePAUSED)
		one, two, other := o.quarantined(a, 1), o.quarantined(a, 2), o.quarantined(b, 3)
		for range 2 { // the second is the answer to a repeat
			n, err := o.RetryQuarantined(o.ctx, []string{one.ID, other.ID, "qua_gone"}, nil, "k")
			if err != nil || n != 2 || !slices.Equal(o.due(), []int{1, 3}) {
				o.t.Errorf("retried %d, %v, due are %v", n, err, o.due())
			}
		}
		o.Left("a retry", fmt.Sprintf("QUARANTINE_RETRIED INTEGRATION %s a by %s: retryQuarantined - → 1", a, o.who),
			fmt.Sprintf("QUARANTINE_RETRIED INTEGRATION %s b by %s: retryQuarantined - → 1", b, o.who))
		got := o.c.Quarantine.GetX(o.system, one.ID)
		if !got.RetryAt.Equal(noon) || !got.UpdatedAt.Equal(one.UpdatedAt) || got.Attempts != 3 {
			o.t.Errorf("%v, when it last failed is %s", got, one.UpdatedAt)
		}
		n, err := o.RetryQuarantined(o.ctx, nil, &a, "")
		if err != nil || n != 1 || !slices.Equal(o.due(), []int{1, 2, 3}) || !o.c.Quarantine.GetX(o.system, two.ID).RetryAt.Equal(noon) {
			o.t.Errorf("of all retried %d, %v", n, err)
		}
		n, err = o.RetryQuarantined(o.ctx, nil, &a, "")
		if err != nil || n != 0 {
			o.t.Errorf("again retried %d, %v", n, err)
		}
		o.c.Quarantine.DeleteOne(one).ExecX(o.system)
		n, err = o.RetryQuarantined(o.ctx, []string{one.ID}, nil, "")
		if err != nil || n != 0 {
			o.t.Errorf("of one that has healed: %d, %v", n, err)
		}
		o.Next()
		o.wakes()

		refuse := func(what string, ids []string, of *string, code fault.Code, field string) {
			o.t.Helper()
			_, err := o.RetryQuarantined(o.ctx, ids, of, "")
			o.refused(what, err, code, field)
		}
		none := "int_none"
		refuse("nothing", nil, nil, fault.Required, "ids")
		refuse("both", []string{two.ID}, &a, fault.Invalid, "integrationId")
		refuse("too many", make([]string, 101), nil, fault.OutOfRange, "ids")
		refuse("no such complaint", []string{"x"}, nil, fault.NotFound, "ids")
		refuse("no such integration", nil, &none, fault.NotFound, "integrationId")
		refuse("of one that is paused", nil, &idle, fault.InvalidState, "integrationId")
		refuse("one of one that is paused", []string{o.quarantined(idle, 9).ID}, nil, fault.InvalidState, "ids")
		for who, ctx := range o.others() {
			_, err := o.RetryQuarantined(ctx, []string{two.ID}, nil, "")
			o.refused(who, err, fault.Forbidden, "")
		}
	})
}

// Of a large quarantine a thousand are taken at a time; asking again goes on with the rest.
func TestRetryOfAllIsBounded(t *testing.T) {
	each(t, func(o *desk) {
		id := o.mirror("a", integration.StateACTIVE)
		rows := make([]*db.QuarantineCreate, 1100)
		for i := range rows {
			rows[i] = o.c.Quarantine.Create().SetIntegrationID(id).SetComplaintID(int64(i + 1)).SetReason("merge").SetRetryAt(noon.Add(time.Hour))
		}
		for part := range slices.Chunk(rows, 500) {
			o.c.Quarantine.CreateBulk(part...).ExecX(o.system)
		}
		for _, want := range []int{1000, 100, 0} {
			if n, err := o.RetryQuarantined(o.ctx, nil, &id, ""); err != nil || n != want {
				o.t.Errorf("retried %d, %v, want %d", n, err, want)
			}
		}
		if n := len(o.due()); n != 1100 {
			o.t.Errorf("%d are due", n)
		}
	})
}

func TestReasons(t *testing.T) {
	each(t, func(o *desk) {
		id := o.mirror("a", integration.StateACTIVE)
		want := map[string]Reason{
			"unreadable": Unreadable, "UNREADABLE": Unreadable, "merge": NotMergeable, "NOT_MERGEABLE": NotMergeable, "moon": OtherReason, "": OtherReason,
		}
		n := int64(0)
		for text, reason := range want {
			n++
			row := o.c.Quarantine.Create().SetIntegrationID(id).SetComplaintID(n).SetReason(text).SetRetryAt(noon).SaveX(o.system)
			if got := ReasonOf(row.Reason); got != reason {
				o.t.Errorf("%q is %s", text, got)
			}
		}
		for _, reason := range []Reason{Unreadable, NotMergeable, OtherReason} {
			if got := o.c.Quarantine.Query().Where(SetAsideFor(reason)).CountX(o.system); got != 2 {
				o.t.Errorf("%d rows are %s", got, reason)
			}
		}
	})
}
