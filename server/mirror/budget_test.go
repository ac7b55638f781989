package mirror_test

import (
	"context"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/hint"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/quota"
)

// What a credential has left, who shares it, and what is to be read with it.
func TestBudget(t *testing.T) {
	each(t, func(o *desk) {
		begun := o.mirror("b", integration.StateACTIVE)
		counting := o.mirror("a", integration.StateACTIVE, uncounted)
		paused := o.mirror("c", integration.StatePAUSED, func(c *db.SyncStateCreate) { c.SetNextSyncAt(noon.Add(-time.Hour)) })
		o.mirror("d", integration.StateARCHIVED)
		other := o.mirror("e", integration.StateACTIVE)
		o.c.Integration.UpdateOneID(other).SetAPIUsername("another").ExecX(o.system)
		o.c.SyncState.UpdateOne(o.state(begun)).SetSyncRequestedAt(noon).ExecX(o.system)
		for i, due := range []time.Duration{-time.Second, 0, time.Hour} {
			for _, id := range []string{begun, paused} {
				o.c.Hint.Create().SetIntegrationID(id).SetKind(hint.KindCOMPLAINT).SetReference(string(rune('1' + i))).
					SetCause(hint.CauseCALLBACK).SetPutAt(noon).SetDueAt(noon.Add(due)).ExecX(o.system)
			}
		}
		b, err := o.Budget(o.ctx, begun)
		o.well("an untouched budget", err)
		if b.Limit != 10 || b.Used != 0 || b.Held != 2 || !b.NextSlot.Equal(noon) || b.FailingSince != nil || b.LicenceEnd != nil {
			o.t.Errorf("untouched %+v", b)
		}
		names := ""
		for _, row := range b.Integrations {
			names += row.Name
		}
		want := map[quota.Lane]int{quota.Agent: 0, quota.Callback: 2, quota.Incremental: 1, quota.Backfill: 18 + 1}
		for lane, n := range want {
			if b.Pending[lane] != n || !b.Next[lane].Equal(noon) || b.Waiting[lane] != 0 {
				o.t.Errorf("%s: %d pending, next %s, %d waiting", lane, b.Pending[lane], b.Next[lane], b.Waiting[lane])
			}
		}
		if names != "abc" {
			o.t.Errorf("shared by %s", names)
		}

		// The row of the credential: eight calls, a licence, failures.
		for _, id := range []string{counting, other} {
			shared, err := o.Budget(o.ctx, id)
			o.well("a budget", err)
			if same := id != other; same != (len(shared.Integrations) == 3) {
				o.t.Errorf("%d share it", len(shared.Integrations))
			}
		}
		var calls schema.CallLog
		for i := range 8 {
			calls.Calls = append(calls.Calls, schema.Calls{At: noon.Add(time.Duration(i-30) * time.Second), N: 1})
		}
		credential := o.credential(begun)
		o.c.CallBudget.Create().SetID(credential).SetCalls(calls).SetLicenceStart(noon.AddDate(-1, 0, 0)).SetLicenceEnd(noon.AddDate(0, 1, 0)).
			SetFailures(4).SetFailingSince(noon.Add(-time.Minute)).SetFailingCode("UPSTREAM_UNAVAILABLE").SetOpenUntil(noon.Add(5 * time.Minute)).ExecX(o.system)
		b, err = o.Budget(o.ctx, begun)
		o.well("a used budget", err)
		if b.Used != 8 || !b.NextSlot.Equal(noon) || !b.LicenceEnd.Equal(noon.AddDate(0, 1, 0)) || b.Failures != 4 || !b.OpenUntil.Equal(noon.Add(5*time.Minute)) {
			o.t.Errorf("used %+v", b)
		}
		if !b.Next[quota.Agent].Equal(noon) || b.Next[quota.Backfill].Before(noon.Add(5*time.Minute)) {
			o.t.Errorf("next %v", b.Next)
		}
		o.pass(10 * time.Minute)
		b, err = o.Budget(o.ctx, begun)
		o.well("later", err)
		if b.Used != 0 || b.OpenUntil != nil || b.Failures != 4 || !b.Next[quota.Backfill].Equal(o.now()) {
			o.t.Errorf("later %+v", b)
		}

		if _, err := o.Budget(o.ctx, "int_none"); fault.CodeOf(err) != fault.NotFound {
			o.t.Errorf("none: %v", err)
		}
		o.c.Integration.UpdateOneID(other).ClearAPIUsername().ExecX(o.system)
		if _, err := o.Budget(o.ctx, other); fault.CodeOf(err) != fault.InvalidState {
			o.t.Errorf("without a user: %v", err)
		}
		for who, ctx := range o.others() {
			if _, err := o.Budget(ctx, begun); fault.CodeOf(err) != fault.Forbidden {
				o.t.Errorf("%s: %v", who, err)
			}
		}
		if _, err := o.Budget(context.Background(), begun); fault.CodeOf(err) != fault.Unauthenticated {
			o.t.Errorf("nobody: %v", err)
		}
	})
}
