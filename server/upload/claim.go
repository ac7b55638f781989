package upload

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/outboundattempt"
	"citrus.cx/channel/ent/db/upload"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
)

// field is what the contract calls the ids of a message's files.
const field = "uploadIds"

var sentAlready = fault.Text{PT: "o arquivo já foi enviado com outra mensagem", EN: "the file was already sent with another message"}

// Check says beforehand, before Reclame Aqui is called, whether files may go with a user's message:
// TooManyFiles, Invalid for one named twice, NotFound for one that is unknown, another's or gone,
// InvalidState for one that was sent before; all at the field uploadIds.
func (s *Service) Check(ctx context.Context, userID string, ids []string) (err error) {
	defer fault.Wrap(&err, "upload.Check")
	if err := form(ids); err != nil || len(ids) == 0 {
		return err
	}
	rows, err := s.database.Reader.Upload.Query().Where(upload.IDIn(ids...)).WithAttempt().All(identity.System(ctx))
	if err != nil {
		return err
	}
	if err := allowed(rows, userID, ids); err != nil {
		return err
	}
	for _, id := range ids {
		content, err := s.Store.Open(ctx, id)
		if errors.Is(err, fs.ErrNotExist) {
			return fault.New(fault.NotFound, field)
		}
		if err != nil {
			return err
		}
		content.Close()
	}
	return nil
}

// Claim binds files to an attempt of their owner's, in their order and in the attempt's own transaction.
// Each must be his and not sent before, or sent with an attempt that FAILED, from which it is
// taken away. Its faults are those of Check.
func (s *Service) Claim(ctx context.Context, tx *db.Tx, userID, attemptID string, ids []string) (err error) {
	defer fault.Wrap(&err, "upload.Claim")
	if err := form(ids); err != nil || len(ids) == 0 {
		return err
	}
	// Locked in one order, so that two messages with the same files do not wait for each other. The
	// attempts are read after the lock: they are as the winner left them.
	rows, err := tx.Upload.Query().Where(upload.IDIn(ids...), locked).Order(upload.ByID()).WithAttempt().All(ctx)
	if err != nil {
		return err
	}
	if err := allowed(rows, userID, ids); err != nil {
		return err
	}
	for i, id := range ids {
		err := tx.Upload.UpdateOneID(id).SetAttemptID(attemptID).SetPosition(i).SetUpdatedAt(s.now()).Exec(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}

// form is what can be said of ids without knowing the files.
func form(ids []string) error {
	if len(ids) > MaxFiles {
		return fault.New(fault.TooManyFiles, field).With("max", MaxFiles)
	}
	for i, id := range ids {
		if slices.Contains(ids[:i], id) {
			return fault.New(fault.Invalid, field).With("reason",
				fault.Text{PT: "o mesmo arquivo aparece duas vezes", EN: "the same file appears twice"})
		}
	}
	return nil
}

// allowed judges the rows, with their attempts, that were found for ids.
func allowed(rows []*db.Upload, userID string, ids []string) error {
	for _, id := range ids {
		i := slices.IndexFunc(rows, func(u *db.Upload) bool { return u.ID == id && u.OwnerID == userID })
		if i < 0 {
			return fault.New(fault.NotFound, field)
		}
		if a := rows[i].Edges.Attempt; a != nil && a.State != outboundattempt.StateFAILED {
			return fault.New(fault.InvalidState, field).With("state", sentAlready)
		}
	}
	return nil
}

// Files gives an attempt's files in their order.
func (s *Service) Files(ctx context.Context, attemptID string) (files []File, err error) {
	defer fault.Wrap(&err, "upload.Files")
	rows, err := s.database.Reader.Upload.Query().Where(upload.AttemptID(attemptID)).
		Order(upload.ByPosition()).All(identity.System(ctx))
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		files = append(files, File{
			Name: row.Name, ContentType: row.ContentType, Size: row.Size,
			Open: func() (io.ReadCloser, error) { return s.Store.Open(ctx, row.ID) },
		})
	}
	return files, nil
}

// locked keeps the selected rows as they are until the transaction ends. SQLite has one writer and
// needs no lock.
func locked(s *sql.Selector) {
	if s.Dialect() == dialect.Postgres {
		s.ForUpdate(sql.WithLockClause("FOR NO KEY UPDATE"))
	}
}
