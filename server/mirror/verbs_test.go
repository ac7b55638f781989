package mirror_test

import (
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/auditentry"
	"citrus.cx/channel/ent/db/hint"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/syncrun"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/fault"
	. "citrus.cx/channel/server/mirror"
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
