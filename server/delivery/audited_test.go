package delivery

import (
	"testing"
	"time"

	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/server/audit/audittest"
	"citrus.cx/channel/server/fault"
)

// The audit tells of what was delivered again, once, by integration; of what was not, nothing.
func TestDeliveringAgainIsAudited(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		two := o.integration("two", integration.StatePAUSED)
		ids := []string{o.deliver(o.one, o.noon, "{}", "COMPLAINT:5"), o.deliver(o.one, o.noon, "{}", "COMPLAINT:5"), o.deliver(two, o.noon, "")}
		trail := audittest.Follow(t, o.d)
		again := func(order Order, key string) {
			t.Helper()
			if _, err := o.Redeliver(o.admin, order, key); err != nil {
				t.Fatal(err)
			}
		}
		line := func(id, name, count string) string {
			return "CALLBACKS_REDELIVERED INTEGRATION " + id + " " + name + " by " + o.who + ": redeliverCallbacks - → " + count
		}
		again(Order{DeliveryIDs: ids}, "k")
		trail.Left("delivering three again", line(o.one, "one", "2"), line(two, "two", "1"))
		again(Order{DeliveryIDs: ids}, "k")
		trail.Left("a repeat")
		again(Order{IntegrationID: two}, "")
		trail.Left("all of one", line(two, "two", "1"))
		later := o.noon.Add(time.Second)
		again(Order{IntegrationID: o.one, From: &later}, "")
		trail.Left("a time in which none came")
		_, err := o.Redeliver(o.admin, Order{DeliveryIDs: []string{ids[0], "cbd_none"}}, "")
		refused(t, err, fault.NotFound, "deliveryIds")
		trail.Left("what was refused")
	})
}
