package graph

import (
	"context"
	"sync"

	"entgo.io/ent"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/server/desk"
)

// A computed field is asked for entry by entry, and its statement is to be one for the whole list. Loaders that
// wait a moment for the other entries depend on how busy the machine is. Here nobody waits: the reader notes
// which rows came together, and whoever asks for one of them first asks for all of them.

// family loads a computed value for a key and for all that came into the answer with it.
type family[K comparable, V any] struct {
	mu sync.Mutex
	// together gives the keys that came with one, itself among them.
	together func(K) []K
	fetch    func(ctx context.Context, keys []K) (map[K]V, error)
	known    map[K]V
}

func newFamily[K comparable, V any](together func(K) []K, fetch func(context.Context, []K) (map[K]V, error)) *family[K, V] {
	return &family[K, V]{together: together, fetch: fetch, known: map[K]V{}}
}

// Load gives the value of a key; the zero value where there is none.
func (f *family[K, V]) Load(ctx context.Context, key K) (V, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if value, ok := f.known[key]; ok {
		return value, nil
	}
	var missing []K
	for _, k := range f.together(key) {
		if _, ok := f.known[k]; !ok {
			missing = append(missing, k)
		}
	}
	values, err := f.fetch(ctx, missing)
	if err != nil {
		var none V
		return none, err
	}
	for _, k := range missing {
		f.known[k] = values[k]
	}
	return f.known[key], nil
}

// company notes what came into an answer with what.
type company struct {
	mu       sync.Mutex
	ids      map[string][]string
	settings map[desk.Setting][]desk.Setting
}

func newCompany() *company {
	return &company{ids: map[string][]string{}, settings: map[desk.Setting][]desk.Setting{}}
}

func (c *company) ofID(id string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return withItself(c.ids[id], id)
}

func (c *company) ofSetting(s desk.Setting) []desk.Setting {
	c.mu.Lock()
	defer c.mu.Unlock()
	return withItself(c.settings[s], s)
}

// withItself is a company, or a key alone that nobody noted.
func withItself[K comparable](company []K, key K) []K {
	if company == nil {
		return []K{key}
	}
	return company
}

// noting has the reader note, in answers, which rows came together.
var noting = ent.InterceptFunc(func(next ent.Querier) ent.Querier {
	return ent.QuerierFunc(func(ctx context.Context, q ent.Query) (ent.Value, error) {
		rows, err := next.Query(ctx, q)
		if l, ok := ctx.Value(loadersKey{}).(*loaders); ok && err == nil {
			l.company.note(rows)
		}
		return rows, err
	})
})

// note takes the rows whose computed fields, or those of what they name, are loaded by a family.
func (c *company) note(rows ent.Value) {
	switch rows := rows.(type) {
	case []*db.Ticket:
		note(c, c.ids, rows, func(t *db.Ticket) string { return t.ID })
		note(c, c.settings, rows, desk.SettingOf)
	case []*db.TicketEvent:
		note(c, c.ids, rows, func(e *db.TicketEvent) string { return orEmpty(e.ActorID) })
	case []*db.AuditEntry:
		note(c, c.ids, rows, func(e *db.AuditEntry) string { return orEmpty(e.ActorID) })
	case []*db.Alarm:
		note(c, c.ids, rows, func(a *db.Alarm) string { return a.IntegrationID })
	case []*db.Quarantine:
		note(c, c.ids, rows, func(e *db.Quarantine) string { return e.ID })
		note(c, c.ids, rows, func(e *db.Quarantine) string { return e.IntegrationID })
	case []*db.CallbackDelivery:
		note(c, c.ids, rows, func(e *db.CallbackDelivery) string { return e.ID })
		note(c, c.ids, rows, func(e *db.CallbackDelivery) string { return e.IntegrationID })
	case []*db.OutboundAttempt:
		note(c, c.ids, rows, func(a *db.OutboundAttempt) string { return a.ID })
	case []*db.Customer:
		note(c, c.ids, rows, func(e *db.Customer) string { return e.ID })
	case []*db.Integration:
		note(c, c.ids, rows, func(e *db.Integration) string { return e.ID })
	case []*db.User:
		note(c, c.ids, rows, func(e *db.User) string { return e.ID })
	case []*db.CustomerType:
		note(c, c.ids, rows, func(e *db.CustomerType) string { return e.ID })
	case []*db.Region:
		note(c, c.ids, rows, func(e *db.Region) string { return e.ID })
	case []*db.SyncGroup:
		note(c, c.ids, rows, func(e *db.SyncGroup) string { return e.ID })
	case []*db.Sector:
		note(c, c.ids, rows, func(e *db.Sector) string { return e.ID })
	case []*db.OccurrenceType:
		note(c, c.ids, rows, func(e *db.OccurrenceType) string { return e.ID })
	case []*db.Occurrence:
		note(c, c.ids, rows, func(e *db.Occurrence) string { return e.ID })
	case []*db.Solution:
		note(c, c.ids, rows, func(e *db.Solution) string { return e.ID })
	}
}

// note keeps the keys of rows as one company; a key that came before stays with the larger one.
func note[K comparable, R any](c *company, companies map[K][]K, rows []R, key func(R) K) {
	var none K
	seen := make(map[K]bool, len(rows))
	keys := make([]K, 0, len(rows))
	for _, row := range rows {
		if k := key(row); k != none && !seen[k] {
			seen[k], keys = true, append(keys, k)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range keys {
		if len(companies[k]) < len(keys) {
			companies[k] = keys
		}
	}
}
