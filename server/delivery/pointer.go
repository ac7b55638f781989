package delivery

import (
	"context"
	"encoding/base32"
	"encoding/binary"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/callbackdelivery"
	"citrus.cx/channel/ent/db/hint"
	"citrus.cx/channel/ent/db/ticket"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/inbox"
)

// Pointers are what one delivery hinted at.
type Pointers struct {
	Hints []Pointer
	// Waiting says that one of them is still to be read.
	Waiting bool
}

// Pointer is one hint with its ticket, nil where none is known.
type Pointer struct {
	inbox.Reference
	Ticket *db.Ticket
}

// key is what a hint is about, with the integration that it is of.
type key struct {
	integrationID string
	inbox.Reference
}

// Pointers are those of deliveries, in the order of their bodies. Administrators only.
func (s *Service) Pointers(ctx context.Context, ids []string) (_ map[string]Pointers, err error) {
	defer fault.Wrap(&err, "delivery.Pointers")
	system, err := administrator(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := s.database.Reader.CallbackDelivery.Query().Where(callbackdelivery.IDIn(ids...)).
		Select(callbackdelivery.FieldIntegrationID, callbackdelivery.FieldReferences, callbackdelivery.FieldRedeliveredAt).All(system)
	if err != nil {
		return nil, err
	}
	pending, err := s.pending(system, rows)
	if err != nil {
		return nil, err
	}
	tickets, err := s.tickets(ctx, rows)
	if err != nil {
		return nil, err
	}
	all := make(map[string]Pointers, len(rows))
	for _, row := range rows {
		p := Pointers{Hints: []Pointer{}}
		for _, ref := range references(row) {
			k := key{row.IntegrationID, ref}
			p.Waiting = p.Waiting || waits(row, pending[k])
			p.Hints = append(p.Hints, Pointer{ref, tickets[k]})
		}
		all[row.ID] = p
	}
	return all, nil
}

// references are a delivery's, as package callback wrote them.
func references(row *db.CallbackDelivery) []inbox.Reference {
	refs := make([]inbox.Reference, len(row.References))
	for i, label := range row.References {
		kind, value, _ := strings.Cut(label, ":")
		refs[i] = inbox.Reference{Kind: hint.Kind(kind), Value: value}
	}
	return refs
}

// distinct are the integrations and the values of references of a kind.
func distinct(rows []*db.CallbackDelivery, kinds ...hint.Kind) (integrationIDs, values []string) {
	integrations, seen := map[string]bool{}, map[string]bool{}
	for _, row := range rows {
		integrations[row.IntegrationID] = true
		for _, ref := range references(row) {
			if slices.Contains(kinds, ref.Kind) {
				seen[ref.Value] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(integrations)), slices.Sorted(maps.Keys(seen))
}

func (s *Service) pending(ctx context.Context, rows []*db.CallbackDelivery) (map[key]*db.Hint, error) {
	integrationIDs, values := distinct(rows, hint.KindCOMPLAINT, hint.KindSOURCE, hint.KindPOLL)
	hints, err := s.database.Reader.Hint.Query().
		Where(hint.IntegrationIDIn(integrationIDs...), hint.ReferenceIn(values...)).All(ctx)
	if err != nil {
		return nil, err
	}
	pending := make(map[key]*db.Hint, len(hints))
	for _, h := range hints {
		pending[key{h.IntegrationID, inbox.Reference{Kind: h.Kind, Value: h.Reference}}] = h
	}
	return pending, nil
}

// waits says whether a pending hint, nil for none, is a delivery's. There is one row of hints on a complaint until it
// is read: one that began well after the delivery is of later deliveries, and this one has been read. The hint of a
// delivery begins in the delivery's own transaction.
func waits(row *db.CallbackDelivery, pending *db.Hint) bool {
	const transaction = 15 * time.Second
	if pending == nil {
		return false
	}
	begun := made(pending.ID).Add(-transaction)
	return !made(row.ID).Before(begun) || row.RedeliveredAt != nil && !row.RedeliveredAt.Before(begun)
}

// made is when an id was made: its first 48 bits are milliseconds (RFC 9562, version 7).
func made(id string) time.Time {
	const encoded = 16 // characters of the first ten bytes
	_, text, _ := strings.Cut(id, "_")
	b, err := base32.HexEncoding.DecodeString(strings.ToUpper(text[:min(len(text), encoded)]))
	if err != nil || len(b) < 8 {
		return time.Time{}
	}
	return time.UnixMilli(int64(binary.BigEndian.Uint64(b) >> 16)).UTC()
}

// tickets finds those that deliveries point at.
func (s *Service) tickets(ctx context.Context, rows []*db.CallbackDelivery) (map[key]*db.Ticket, error) {
	integrationIDs, complaints := distinct(rows, hint.KindCOMPLAINT)
	_, sources := distinct(rows, hint.KindSOURCE)
	if len(complaints)+len(sources) == 0 {
		return nil, nil
	}
	numbers := make([]int64, 0, len(complaints))
	for _, text := range complaints {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			numbers = append(numbers, n)
		}
	}
	found, err := s.database.Reader.Ticket.Query().
		Where(ticket.IntegrationIDIn(integrationIDs...), ticket.Or(ticket.ComplaintIDIn(numbers...), ticket.SourceIDIn(sources...))).
		All(ctx)
	if err != nil {
		return nil, err
	}
	tickets := make(map[key]*db.Ticket, 2*len(found))
	for _, t := range found {
		tickets[key{t.IntegrationID, inbox.Reference{Kind: hint.KindCOMPLAINT, Value: strconv.FormatInt(t.ComplaintID, 10)}}] = t
		tickets[key{t.IntegrationID, inbox.Reference{Kind: hint.KindSOURCE, Value: t.SourceID}}] = t
	}
	return tickets, nil
}
