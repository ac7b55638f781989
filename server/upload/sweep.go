package upload

import (
	"context"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/upload"
	"citrus.cx/channel/server/fault"
)

// How long files are kept.
const (
	// keepUnsent is how long a file waits to be sent.
	keepUnsent = 24 * time.Hour
	// KeepSent is how long the bytes of a sent file can be downloaded here. Its name and size stay.
	KeepSent = 90 * 24 * time.Hour
	// keepUnknown spares what has no row because it is only just arriving.
	keepUnknown = time.Hour

	sweepEvery = time.Hour
	// sweepStep is how many files one look into the database is about.
	sweepStep = 500
)

// Run sweeps at once, since a crash may have left something, and then by the hour, until the context ends.
func (s *Service) Run(ctx context.Context) error {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		if err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.Log.ErrorContext(ctx, "uploads cannot be swept, trying again later", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// Sweep removes files that were not sent within a day, the bytes of those sent 90 days ago, and
// what is nobody's.
func (s *Service) Sweep(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "upload.Sweep")
	// The row first: whoever sends the file at this moment either keeps both or does not find it.
	_, err = s.database.Writer.Upload.Delete().
		Where(upload.AttemptIDIsNil(), upload.CreatedAtLT(s.now().Add(-keepUnsent))).Exec(ctx)
	if err != nil {
		return err
	}
	var step []Stored
	for stored, err := range s.Store.List(ctx) {
		if err != nil {
			return err
		}
		if step = append(step, stored); len(step) < sweepStep {
			continue
		}
		if err := s.sweep(ctx, step); err != nil {
			return err
		}
		step = step[:0]
	}
	return s.sweep(ctx, step)
}

func (s *Service) sweep(ctx context.Context, step []Stored) error {
	ids := make([]string, len(step))
	for i, stored := range step {
		ids[i] = stored.ID
	}
	rows, err := s.database.Writer.Upload.Query().Where(upload.IDIn(ids...)).
		Select(upload.FieldID, upload.FieldAttemptID, upload.FieldUpdatedAt).All(ctx)
	if err != nil {
		return err
	}
	known := make(map[string]*db.Upload, len(rows))
	for _, row := range rows {
		known[row.ID] = row
	}
	for _, stored := range step {
		if !stale(stored, known[stored.ID], s.now()) {
			continue
		}
		if err := s.Store.Remove(ctx, stored.ID); err != nil {
			return err
		}
	}
	return nil
}

// stale says whether bytes are to go; row is nil where they have none.
func stale(stored Stored, row *db.Upload, now time.Time) bool {
	if row == nil {
		return now.Sub(stored.At) > keepUnknown
	}
	return row.AttemptID != nil && now.Sub(row.UpdatedAt) > KeepSent
}
