package catalog

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/auditentry"
	"citrus.cx/channel/server/audit"
	"citrus.cx/channel/server/fault"
)

// syncGroups order the integrations in a general sync (Grupo de sincronismo).
var syncGroups = &list{
	noun: "SyncGroup",
	kind: auditentry.SubjectKindSYNC_GROUP,
	rows: func(tx *db.Tx, where func(*sql.Selector), columns ...string) scanner {
		return tx.SyncGroup.Query().Where(where).Select(columns...)
	},
	insert: func(tx *db.Tx) change {
		c := tx.SyncGroup.Create()
		return change{c.Mutation(), c.Exec}
	},
	update: func(tx *db.Tx, id string) change {
		u := tx.SyncGroup.UpdateOneID(id)
		return change{u.Mutation(), u.Exec}
	},
	own: func(ctx context.Context, tx *db.Tx, id string) ([]audit.Field, error) {
		g, err := tx.SyncGroup.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		return []audit.Field{audit.Value("priority", g.Priority)}, nil
	},
}

// Priorities of a sync group; 1 is visited first.
const (
	minPriority     = 1
	maxPriority     = 1000
	defaultPriority = 100
)

// SyncGroupInput is what CreateSyncGroup asks for; a nil Code is made from the name.
type SyncGroupInput struct {
	Name string
	Code *string
	// Priority from 1, which is visited first, to 1000; nil is 100.
	Priority *int
}

// SyncGroupChange is what UpdateSyncGroup changes; what is nil stays.
type SyncGroupChange struct {
	Name     *string
	Code     *string
	Priority *int
}

// CreateSyncGroup adds a sync group and gives its id.
func (s *Service) CreateSyncGroup(ctx context.Context, in SyncGroupInput, key string) (id string, err error) {
	priority := defaultPriority
	if in.Priority != nil {
		priority = *in.Priority
	}
	return s.create(ctx, syncGroups, draft{name: &in.Name, code: in.Code, own: setPriority(&priority)}, in, key)
}

// UpdateSyncGroup changes what is given of the sync group that was seen at a version, and gives its id.
func (s *Service) UpdateSyncGroup(ctx context.Context, id string, version int, change SyncGroupChange, key string) (string, error) {
	return s.modify(ctx, syncGroups, id, version, draft{name: change.Name, code: change.Code, own: setPriority(change.Priority)}, change, key)
}

// ArchiveSyncGroup takes the sync group out of use.
func (s *Service) ArchiveSyncGroup(ctx context.Context, id, key string) error {
	return s.archive(ctx, syncGroups, id, key)
}

// RestoreSyncGroup puts the sync group into use again.
func (s *Service) RestoreSyncGroup(ctx context.Context, id, key string) error {
	return s.restore(ctx, syncGroups, id, key)
}

// setPriority sets a priority; nil stays.
func setPriority(priority *int) func(context.Context, *db.Tx, mutation) (fault.List, error) {
	return func(_ context.Context, _ *db.Tx, m mutation) (problems fault.List, err error) {
		switch {
		case priority == nil:
		case *priority < minPriority || *priority > maxPriority:
			problems.Add(fault.OutOfRange, "priority").With("min", minPriority).With("max", maxPriority)
		default:
			m.(*db.SyncGroupMutation).SetPriority(*priority)
		}
		return problems, nil
	}
}
