package mirror_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/auditentry"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/syncrun"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/fault"
)

// Asked of one integration: what is owed stands in its row, the syncer is woken, a repeat changes nothing.
func TestSyncNow(t *testing.T) {
	each(t, func(o *desk) {
		id := o.mirror("a", integration.StateACTIVE, func(c *db.SyncStateCreate) { c.SetRetryAt(noon.Add(time.Minute)) })
		ids, err := o.SyncNow(o.ctx, &id, "k")
		o.well("asking", err)
		got := o.state(id)
		if !slices.Equal(ids, []string{id}) || got.SyncRequestedAt == nil || !got.SyncRequestedAt.Equal(noon) || *got.SyncRequestedBy != o.who ||
			!got.NextSyncAt.Equal(noon) || got.RetryAt != nil || o.wakes() != 1 {
			o.t.Errorf("asked %v, owed is %v", ids, got)
		}
		o.Left("asking", fmt.Sprintf("SYNC_REQUESTED INTEGRATION %s a by %s: syncRequestedAt - → <time>", id, o.who))

		// Pending: the same answer, and a wait after failures ends, the credential's too; its failures stay until a call tells.
		o.pass(time.Minute)
		o.c.CallBudget.Create().SetID(o.credential(id)).SetCalls(schema.CallLog{}).SetFailures(3).SetFailingSince(noon).SetFailingCode("LICENCE_ENDED").
			SetOpenUntil(noon.Add(10 * time.Minute)).ExecX(o.system)
		o.c.SyncState.UpdateOne(got).SetRetryAt(noon.Add(time.Hour)).ExecX(o.system)
		for _, key := range []string{"k", "l"} {
			again, err := o.SyncNow(o.ctx, &id, key)
			o.well("asking again", err)
			if now := o.state(id); !slices.Equal(again, ids) || !now.SyncRequestedAt.Equal(noon) || (now.RetryAt == nil) != (key == "l") {
				o.t.Errorf("again with %s: %v, %v", key, again, now)
			}
			if b := o.c.CallBudget.GetX(o.system, o.credential(id)); b.Failures != 3 || (b.OpenUntil == nil) != (key == "l") {
				o.t.Errorf("again with %s: %v", key, b)
			}
		}
		o.Left("asking again")

		// Under way: the syncer has taken it up.
		o.c.SyncState.UpdateOne(got).ClearSyncRequestedAt().ExecX(o.system)
		run := o.c.SyncRun.Create().SetIntegrationID(id).SetKind(syncrun.KindINCREMENTAL).SetTrigger(syncrun.TriggerADMIN).SetStartedAt(noon).SaveX(o.system)
		_, err = o.SyncNow(o.ctx, &id, "")
		o.well("asking while it runs", err)
		if o.state(id).SyncRequestedAt != nil {
			o.t.Error("asked twice")
		}
		o.c.SyncRun.UpdateOne(run).SetState(syncrun.StateSUCCEEDED).ExecX(o.system)
		_, err = o.SyncNow(o.ctx, &id, "")
		o.well("asking after it", err)
		if o.state(id).SyncRequestedAt == nil {
			o.t.Error("not asked again")
		}
		o.Next()
		o.wakes()

		none := "int_none"
		_, err = o.SyncNow(o.ctx, &none, "")
		o.refused("none", err, fault.NotFound, "integrationId")
		_, err = o.SyncNow(o.ctx, nil, "k")
		o.refused("the key with other input", err, fault.IdempotencyKeyReused, "idempotencyKey")
		for _, state := range []integration.State{integration.StateDRAFT, integration.StatePAUSED, integration.StateARCHIVED} {
			idle := o.mirror(string(state), state)
			_, err := o.SyncNow(o.ctx, &idle, "")
			o.refused(string(state), err, fault.InvalidState, "integrationId")
		}
		for who, ctx := range o.others() {
			_, err := o.SyncNow(ctx, &id, "")
			o.refused(who, err, fault.Forbidden, "")
		}
	})
}

// The general sync asks all active integrations, and names them in the order of their sync groups (rule S3).
func TestSyncNowOfAll(t *testing.T) {
	each(t, func(o *desk) {
		group := func(name string, priority int) string {
			return o.c.SyncGroup.Create().SetName(name).SetNameFolded(name).SetCode(name).SetCodeFolded(name).SetPriority(priority).SaveX(o.system).ID
		}
		late, early := group("late", 9), group("early", 1)
		last := o.mirror("without a group", integration.StateACTIVE)
		second, first := o.mirror("second", integration.StateACTIVE), o.mirror("first", integration.StateACTIVE)
		o.c.Integration.UpdateOneID(second).SetSyncGroupID(late).ExecX(o.system)
		o.c.Integration.UpdateOneID(first).SetSyncGroupID(early).ExecX(o.system)
		idle := o.mirror("idle", integration.StatePAUSED)
		pending := noon.Add(-time.Minute)
		o.c.SyncState.UpdateOne(o.state(second)).SetSyncRequestedAt(pending).ExecX(o.system)

		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				ids, err := o.SyncNow(o.ctx, nil, "k")
				if err != nil || !slices.Equal(ids, []string{first, second, last}) {
					o.t.Errorf("asked %v, %v", ids, err)
				}
			})
		}
		all.Wait()
		if o.state(idle).SyncRequestedAt != nil || !o.state(second).SyncRequestedAt.Equal(pending) || !o.state(first).SyncRequestedAt.Equal(noon) {
			o.t.Error("others were asked")
		}
		if entries := o.Next(); len(entries) != 2 {
			o.t.Errorf("%d entries in the audit", len(entries))
		}
	})
}

// Each verb on the first sync, in each state in which it may be.
func TestVerbsOfTheBackfill(t *testing.T) {
	at := noon.Add(-time.Minute)
	states := map[string]func(*db.SyncStateCreate){
		"running":   func(*db.SyncStateCreate) {},
		"waiting":   uncounted,
		"paused":    func(c *db.SyncStateCreate) { c.SetBackfillPausedAt(at) },
		"cancelled": func(c *db.SyncStateCreate) { c.SetBackfillCancelledAt(at) },
		"done":      func(c *db.SyncStateCreate) { c.SetBackfillDoneAt(at) },
	}
	const refused = "refused"
	each(t, func(o *desk) {
		for verb, c := range map[string]struct {
			action auditentry.Action
			do     func(id, key string) error
			then   map[string]string
		}{
			"pause": {
				auditentry.ActionBACKFILL_PAUSED,
				func(id, key string) error { return o.PauseBackfill(o.ctx, id, key) },
				map[string]string{"running": "paused", "waiting": "paused", "paused": "paused", "cancelled": refused, "done": refused},
			},
			"resume": {
				auditentry.ActionBACKFILL_RESUMED,
				func(id, key string) error { return o.ResumeBackfill(o.ctx, id, key) },
				map[string]string{"running": "running", "waiting": "running", "paused": "running", "cancelled": "running", "done": refused},
			},
			"cancel": {
				auditentry.ActionBACKFILL_CANCELLED,
				func(id, key string) error { return o.CancelBackfill(o.ctx, id, key) },
				map[string]string{"running": "cancelled", "waiting": "cancelled", "paused": "cancelled", "cancelled": "cancelled", "done": refused},
			},
		} {
			for state, want := range c.then {
				what := verb + " what is " + state
				id := o.mirror(what, integration.StateACTIVE, states[state])
				before := o.state(id)
				err := c.do(id, what)
				if want == refused {
					o.refused(what, err, fault.InvalidState, "integrationId")
					continue
				}
				o.well(what, err)
				o.well(what+" again", c.do(id, what))
				got := o.state(id)
				if (got.BackfillPausedAt != nil) != (want == "paused") || (got.BackfillCancelledAt != nil) != (want == "cancelled") {
					o.t.Errorf("%s: %v", what, got)
				}
				if got.BackfillRead != before.BackfillRead || got.Step != before.Step || o.wakes() == 0 {
					o.t.Errorf("%s: the progress is touched, or nobody woken: %v", what, got)
				}
				moved := want != state && (state != "waiting" || want != "running")
				if entries := o.Next(); (len(entries) == 1) != moved || moved && entries[0].Action != c.action {
					o.t.Errorf("%s left %v", what, entries)
				}
				if want == state && !sameTime(got.BackfillPausedAt, before.BackfillPausedAt) {
					o.t.Errorf("%s: since when is not kept", what)
				}
			}
			o.refused(verb+" of none", c.do("int_none", ""), fault.NotFound, "integrationId")
			for _, state := range []integration.State{integration.StateDRAFT, integration.StateARCHIVED} {
				o.refused(verb+" of one that is "+string(state), c.do(o.mirror(string(state), state), ""), fault.InvalidState, "integrationId")
			}
			o.well(verb+" of a paused integration", c.do(o.mirror("p", integration.StatePAUSED), ""))
			o.Next()
			o.wakes()
		}
		id := o.mirror("x", integration.StateACTIVE)
		for who, ctx := range o.others() {
			o.refused(who, o.PauseBackfill(ctx, id, ""), fault.Forbidden, "")
			o.refused(who, o.ResumeBackfill(ctx, id, ""), fault.Forbidden, "")
			o.refused(who, o.CancelBackfill(ctx, id, ""), fault.Forbidden, "")
		}
		draft := o.c.Integration.Create().SetName("d").SetNameFolded("d").SetChannel(integration.ChannelRECLAME_AQUI).SetKind(integration.KindRECLAME_AQUI).SaveX(o.system)
		o.refused("a draft without a mirror", o.PauseBackfill(o.ctx, draft.ID, ""), fault.InvalidState, "integrationId")
	})
}

func sameTime(a, b *time.Time) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Equal(*b)
}
