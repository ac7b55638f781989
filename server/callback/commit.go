package callback

import (
	"context"
	"encoding/json"
	"errors"
	"runtime"
	"slices"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/callbackdelivery"
	"citrus.cx/channel/ent/db/hint"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/inbox"
)

// A group is what one transaction commits: as much as waits when the last one is done, up to
// these bounds, which keep the transaction short and its memory small.
const (
	maxGroup      = 128
	maxGroupBytes = 8 << 20
)

// commitTimeout is how long one group may take; then its senders are told to try again.
const commitTimeout = 10 * time.Second

var errNotKept = errors.New("callback: the delivery was not kept")

// delivery is one notification on its way to the database.
type delivery struct {
	owner       *owner
	receivedAt  time.Time
	method      string
	contentType string
	body        []byte
	references  []inbox.Reference
	kept        chan error // takes one answer without a reader
}

// keep waits until the committer has made a delivery durable. A sender that gives up meanwhile
// may find it kept all the same: repeats are harmless (rule C3).
func (h *Handler) keep(ctx context.Context, d *delivery) error {
	patience := time.NewTimer(keepTimeout)
	defer patience.Stop()
	select {
	case <-h.stopped: // alone first: the queue may have room although nobody empties it
		return errNotKept
	default:
	}
	select {
	case h.queue <- d:
	case <-h.stopped:
		return errNotKept
	case <-ctx.Done():
		return ctx.Err()
	case <-patience.C:
		return errNotKept
	}
	select {
	case err := <-d.kept:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-patience.C:
		return errNotKept
	case <-h.stopped:
		select {
		case err := <-d.kept: // answered just before the end
			return err
		default:
			return errNotKept
		}
	}
}

// Run commits deliveries until the context ends, then returns nil: the group under way is
// finished and answered, all others and all later ones get 503. It runs once in a Handler's life.
func (h *Handler) Run(ctx context.Context) error {
	if !h.running.CompareAndSwap(false, true) {
		return errors.New("callback: the committer runs once")
	}
	defer close(h.stopped)
	for {
		select {
		case <-ctx.Done():
			return nil
		case first := <-h.queue:
			h.commit(ctx, h.group(first))
		}
	}
}

// yields is how often the committer lets others run before it takes a group as complete: senders who have a delivery in
// hand then bring it, and no time is waited for those who may come.
const yields = 4

// group adds what waits already to a delivery, without waiting for more: while one group is
// being committed the next one gathers by itself.
func (h *Handler) group(first *delivery) []*delivery {
	group, size := []*delivery{first}, len(first.body)
	for yielded := 0; len(group) < maxGroup && size < maxGroupBytes; {
		select {
		case d := <-h.queue:
			group = append(group, d)
			size += len(d.body)
		default:
			if yielded == yields {
				return group
			}
			yielded++
			runtime.Gosched()
		}
	}
	return group
}

func (h *Handler) commit(ctx context.Context, group []*delivery) {
	// A shutdown waits for the group under way instead of tearing it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	err := h.store(ctx, group)
	for _, d := range group {
		d.kept <- err
	}
	if err != nil {
		h.options.Log.ErrorContext(ctx, "callbacks not kept", "count", len(group), "error", err)
		return
	}
	if err := h.tokens.used(ctx, group); err != nil {
		h.options.Log.WarnContext(ctx, "last use of callback tokens not recorded", "error", err)
	}
}

// store writes a group and its hints in one transaction.
func (h *Handler) store(ctx context.Context, group []*delivery) (err error) {
	defer fault.Wrap(&err, "callback.store")
	owners, hints := byOwner(group)
	return h.database.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if h.database.Dialect == dialect.SQLite {
			// For a statement that may be cancelled the driver starts a goroutine. These two are short: the lock is ours.
			ctx = context.WithoutCancel(ctx)
		}
		if _, err := tx.ExecContext(ctx, h.insertion(len(group)), arguments(group)...); err != nil {
			return err
		}
		for _, integrationID := range owners {
			if err := h.inbox.Put(ctx, tx, integrationID, hint.CauseCALLBACK, hints[integrationID]...); err != nil {
				return err
			}
		}
		return nil
	})
}

// columns of a delivery that is new.
var columns = []string{
	callbackdelivery.FieldID, callbackdelivery.FieldIntegrationID, callbackdelivery.FieldReceivedAt, callbackdelivery.FieldMethod,
	callbackdelivery.FieldContentType, callbackdelivery.FieldBody, callbackdelivery.FieldReferences, callbackdelivery.FieldRedeliveries,
}

// insertion is one statement for a whole group: ent's bulk creation took about twice the time in a profile, and this is the
// door that a flood comes through. Its bounds are those of the columns.
// A text is built once for each size of a group; the committer alone asks.
func (h *Handler) insertion(size int) string {
	if text := h.insertions[size]; text != "" {
		return text
	}
	rows := sql.Dialect(h.database.Dialect).Insert(callbackdelivery.Table).Columns(columns...)
	places := make([]any, len(columns))
	for i := range places {
		places[i] = "" // a nil would be written as NULL
	}
	for range size {
		rows.Values(places...)
	}
	h.insertions[size], _ = rows.Query()
	return h.insertions[size]
}

func arguments(group []*delivery) []any {
	args := make([]any, 0, len(group)*len(columns))
	for _, d := range group {
		references, _ := json.Marshal(labels(d.references)) // texts always marshal
		args = append(args, schema.NewID(schema.PrefixCallbackDelivery), d.owner.integrationID, d.receivedAt, d.method,
			d.contentType, d.body, string(references), 0)
	}
	return args
}

// byOwner gathers the hints of each integration, and sorts the integrations, so that two
// processes lock rows in the same order.
func byOwner(group []*delivery) (owners []string, hints map[string][]inbox.Reference) {
	hints = map[string][]inbox.Reference{}
	for _, d := range group {
		id := d.owner.integrationID
		if hints[id] == nil {
			owners = append(owners, id)
		}
		hints[id] = append(hints[id], d.references...)
	}
	slices.SortFunc(owners, strings.Compare)
	return owners, hints
}

// labels are references as the delivery log shows them: "COMPLAINT:90000001", "POLL".
func labels(refs []inbox.Reference) []string {
	list := make([]string, len(refs))
	for i, r := range refs {
		list[i] = string(r.Kind)
		if r.Value != "" {
			list[i] += ":" + r.Value
		}
	}
	return list
}
