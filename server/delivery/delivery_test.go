package delivery

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/hint"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/inbox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// office is an administrator before the log of two integrations, the first of them active.
type office struct {
	*Service
	t     *testing.T
	d     *database.DB
	inbox *inbox.Inbox
	admin context.Context
	who   string // the administrator
	one   string
	other string
	noon  time.Time
}

func each(t *testing.T, run func(t *testing.T, o *office)) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		identity.Guard(d.Reader)
		o := &office{t: t, d: d, noon: time.Now().UTC().Truncate(time.Microsecond)}
		now := func() time.Time { return o.noon }
		o.inbox = inbox.New(d, inbox.Options{Now: now, AsSystem: identity.System})
		o.Service = New(d, o.inbox, now)
		o.who = d.Writer.User.Create().SetEmail("ana@example.com").SetEmailFolded("ana@example.com").SetName("Ana").SetNameFolded("ana").
			SetRole(user.RoleADMIN).SetPasswordHash("x").SaveX(context.Background()).ID
		o.admin = identity.With(context.Background(), identity.Viewer{UserID: o.who, Role: user.RoleADMIN})
		o.one, o.other = o.integration("one", integration.StateACTIVE), o.integration("other", integration.StateDRAFT)
		run(t, o)
	})
}

func (o *office) integration(name string, state integration.State) string {
	return o.d.Writer.Integration.Create().SetName(name).SetNameFolded(name).SetState(state).
		SetChannel(integration.ChannelRECLAME_AQUI).SetKind(integration.KindRECLAME_AQUI).SaveX(context.Background()).ID
}

// deliver keeps a delivery with its hints, as package callback does.
func (o *office) deliver(integrationID string, at time.Time, body string, labels ...string) string {
	o.t.Helper()
	var id string
	err := o.d.Write(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		row := tx.CallbackDelivery.Create().SetIntegrationID(integrationID).SetReceivedAt(at).SetMethod("POST").
			SetContentType(js).SetBody([]byte(body)).SetReferences(labels).SaveX(ctx)
		id = row.ID
		return o.inbox.Put(ctx, tx, integrationID, hint.CauseCALLBACK, references(row)...)
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return id
}

// read settles all hints of an integration, as the syncer does.
func (o *office) read(integrationID string) (n int) {
	o.t.Helper()
	hints, err := o.inbox.Due(context.Background(), integrationID, o.noon.Add(time.Hour), 1000)
	if err == nil {
		err = o.d.Write(context.Background(), func(ctx context.Context, tx *db.Tx) error { return o.inbox.Done(ctx, tx, hints...) })
	}
	if err != nil {
		o.t.Fatal(err)
	}
	return len(hints)
}

func (o *office) waiting(ids ...string) (list []bool) {
	o.t.Helper()
	all, err := o.Pointers(o.admin, ids)
	if err != nil {
		o.t.Fatal(err)
	}
	for _, id := range ids {
		list = append(list, all[id].Waiting)
	}
	return list
}

func refused(t *testing.T, err error, code fault.Code, field string) {
	t.Helper()
	list, ok := fault.All(err)
	if !ok || list[0].Code != code || strings.Join(list[0].Field, ".") != field {
		t.Errorf("got %v, want %s at %q", err, code, field)
	}
}

func TestForAdministratorsAlone(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		for _, role := range []user.Role{user.RoleAGENT, user.RoleSUPERVISOR} {
			ctx := identity.With(context.Background(), identity.Viewer{UserID: "usr_x", Role: role})
			_, err := o.Bodies(ctx, nil)
			refused(t, err, fault.Forbidden, "")
			_, err = o.Pointers(ctx, nil)
			refused(t, err, fault.Forbidden, "")
			_, err = o.Redeliver(ctx, Order{IntegrationID: o.one}, "")
			refused(t, err, fault.Forbidden, "")
		}
	})
}

func TestBodies(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		long := `{"id":5,"text":"` + strings.Repeat("x", 100_000) + `","status":"new"}`
		ids := []string{
			o.deliver(o.one, o.noon, `{"id":5,"name":"Maria"}`, "COMPLAINT:5"), o.deliver(o.one, o.noon, "", "POLL"), o.deliver(o.one, o.noon, long, "POLL"),
		}
		bodies, err := o.Bodies(o.admin, ids)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []Body{{23, `{"id":5,"name":"•••"}`}, {0, ""}, {len(long), `{"id":5,"text":"…"}…`}} {
			if bodies[ids[i]] != want {
				t.Errorf("%d: %+v, want %+v", i, bodies[ids[i]], want)
			}
		}
	})
}

// A delivery waits until what it hinted at has been read, and again after it was delivered again.
func TestRedelivery(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		one := o.deliver(o.one, o.noon, "{}", "COMPLAINT:5", "SOURCE:7")
		two := o.deliver(o.one, o.noon.Add(time.Second), "{}", "COMPLAINT:5")
		three := o.deliver(o.one, o.noon.Add(2*time.Second), "{}", "POLL")
		all := func(want ...bool) {
			t.Helper()
			if got := o.waiting(one, two, three); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("waiting %v, want %v", got, want)
			}
		}
		all(true, true, true)
		o.read(o.one)
		all(false, false, false)
		again := func(order Order, key string, want Outcome) {
			t.Helper()
			if got, err := o.Redeliver(o.admin, order, key); err != nil || got != want {
				t.Errorf("%+v, %v, want %+v", got, err, want)
			}
		}
		named := Order{DeliveryIDs: []string{two, one, two}}
		again(named, "a", Outcome{2, 2})
		all(true, true, false)
		if due, err := o.inbox.Due(context.Background(), o.one, o.noon, 10, hint.CauseCALLBACK); len(due) != 2 || err != nil {
			t.Errorf("due now: %v, %v", due, err)
		}
		o.read(o.one)
		again(named, "a", Outcome{2, 2})
		all(false, false, false)
		_, err := o.Redeliver(o.admin, Order{DeliveryIDs: []string{one}}, "a")
		refused(t, err, fault.IdempotencyKeyReused, "idempotencyKey")

		from, to := o.noon.Add(time.Second), o.noon.Add(2*time.Second)
		again(Order{IntegrationID: o.one, From: &from, To: &to}, "", Outcome{1, 1})
		again(Order{IntegrationID: o.one, From: &from}, "", Outcome{2, 2})
		again(Order{IntegrationID: o.one, To: &from}, "", Outcome{1, 2})
		again(Order{IntegrationID: o.one}, "", Outcome{3, 3})
		all(true, true, true)
		row := o.d.Writer.CallbackDelivery.GetX(context.Background(), two)
		if row.Redeliveries != 4 || !row.RedeliveredAt.Equal(o.noon) {
			t.Errorf("redelivered %d times, last %v", row.Redeliveries, row.RedeliveredAt)
		}
	})
}

// A hint that began long after a delivery is of a later one.
func TestALaterHintIsNotAnEarlierDeliverys(t *testing.T) {
	now := time.Now()
	old := &db.CallbackDelivery{ID: idAt("cbd", now.Add(-time.Minute))}
	for _, test := range []struct {
		name string
		hint *db.Hint
		want bool
	}{
		{"none", nil, false},
		{"its own", &db.Hint{ID: idAt("hnt", now.Add(-time.Minute))}, true},
		{"its own, in a slow transaction", &db.Hint{ID: idAt("hnt", now.Add(-50*time.Second))}, true},
		{"an earlier one that it came to", &db.Hint{ID: idAt("hnt", now.Add(-time.Hour))}, true},
		{"a later one", &db.Hint{ID: idAt("hnt", now)}, false},
	} {
		if got := waits(old, test.hint); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
	old.RedeliveredAt = &now
	if !waits(old, &db.Hint{ID: idAt("hnt", now)}) {
		t.Error("delivered again: it does not wait")
	}
}

func TestWhatCannotBeDeliveredAgain(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		draft := o.deliver(o.other, o.noon, "{}", "COMPLAINT:5")
		archived := o.integration("archived", integration.StateARCHIVED)
		good := o.deliver(o.one, o.noon, "{}", "COMPLAINT:5")
		from, to := o.noon, o.noon.Add(-time.Second)
		for _, test := range []struct {
			order Order
			code  fault.Code
			field string
		}{
			{Order{}, fault.Required, "deliveryIds"},
			{Order{DeliveryIDs: []string{good}, IntegrationID: o.one}, fault.Invalid, "deliveryIds"},
			{Order{DeliveryIDs: make([]string, 1001)}, fault.OutOfRange, "deliveryIds"},
			{Order{DeliveryIDs: []string{good, "cbd_x"}}, fault.NotFound, "deliveryIds"},
			{Order{DeliveryIDs: []string{good, draft}}, fault.InvalidState, "deliveryIds"},
			{Order{From: &from}, fault.Required, "integrationId"},
			{Order{IntegrationID: "int_x"}, fault.NotFound, "integrationId"},
			{Order{IntegrationID: o.other}, fault.InvalidState, "integrationId"},
			{Order{IntegrationID: archived}, fault.InvalidState, "integrationId"},
			{Order{IntegrationID: o.one, From: &from, To: &to}, fault.Invalid, "receivedTo"},
		} {
			_, err := o.Redeliver(o.admin, test.order, "")
			refused(t, err, test.code, test.field)
		}
		if row := o.d.Writer.CallbackDelivery.GetX(context.Background(), good); row.Redeliveries != 0 {
			t.Error("delivered again all the same")
		}
	})
}

// A range is bounded, and a flood of one complaint is one hint.
func TestARangeIsBounded(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ctx := context.Background()
		keep := func(n int) {
			for from := 0; from < n; from += 500 {
				rows := make([]*db.CallbackDeliveryCreate, min(500, n-from))
				for i := range rows {
					rows[i] = o.d.Writer.CallbackDelivery.Create().SetIntegrationID(o.one).SetReceivedAt(o.noon).SetMethod("POST").
						SetContentType(js).SetReferences([]string{fmt.Sprintf("COMPLAINT:%d", 1+i%20)})
				}
				o.d.Writer.CallbackDelivery.CreateBulk(rows...).ExecX(ctx)
			}
		}
		keep(maxRange)
		if got, err := o.Redeliver(o.admin, Order{IntegrationID: o.one}, ""); err != nil || got != (Outcome{maxRange, 20}) {
			t.Errorf("%+v, %v", got, err)
		}
		if n := o.read(o.one); n != 20 {
			t.Errorf("%d hints", n)
		}
		keep(1)
		_, err := o.Redeliver(o.admin, Order{IntegrationID: o.one}, "")
		refused(t, err, fault.Invalid, "receivedTo")
	})
}

// idAt is an id that was made at a moment.
func idAt(prefix string, at time.Time) string { return schema.TimeID(prefix, at, 0) }
