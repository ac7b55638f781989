package app

import (
	"context"
	"fmt"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/server/secret"
)

type rotateCommand struct{}

// Run seals every stored credential with the present master key. It may run beside the server,
// which is to be started with the new key and the previous one.
func (rotateCommand) Run(p *process) error {
	d, s, err := p.open("citrus.db", "http://"+p.config.Listen)
	if err != nil {
		return err
	}
	defer d.Close()
	var r rotation
	err = d.Write(p.ctx, func(ctx context.Context, tx *db.Tx) error {
		r = rotation{keys: s.keys}
		if err := r.passwords(ctx, tx); err != nil {
			return err
		}
		return r.tokens(ctx, tx)
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "%d credentials sealed with the present key\n", r.done)
	if r.lost > 0 {
		return fmt.Errorf("%d credentials stay as they are: they were sealed with a key that is neither the present nor the previous one", r.lost)
	}
	return nil
}

// rotation counts what was sealed anew, and what no key at hand opens: an operator who believed that it was done would
// throw away the only key to it.
type rotation struct {
	keys       *secret.Keyring
	done, lost int
}

func (r *rotation) passwords(ctx context.Context, tx *db.Tx) error {
	rows, err := tx.Integration.Query().Where(integration.APIPasswordNotNil()).All(ctx)
	if err != nil {
		return err
	}
	for _, row := range rows {
		sealed := r.reseal(row.APIPassword, "integrations", "api_password", row.ID)
		if sealed == nil {
			continue
		}
		// One that an administrator has replaced meanwhile is sealed with the present key already.
		n, err := tx.Integration.Update().
			Where(integration.ID(row.ID), integration.APIPassword(row.APIPassword)).SetAPIPassword(sealed).Save(ctx)
		if err != nil {
			return err
		}
		r.done += n
	}
	return nil
}

func (r *rotation) tokens(ctx context.Context, tx *db.Tx) error {
	rows, err := tx.CallbackToken.Query().All(ctx)
	if err != nil {
		return err
	}
	for _, row := range rows {
		sealed := r.reseal(row.Sealed, "callback_tokens", "sealed", row.ID)
		if sealed == nil {
			continue
		}
		if err := tx.CallbackToken.UpdateOneID(row.ID).SetSealed(sealed).Exec(ctx); err != nil {
			return err
		}
		r.done++
	}
	// Access tokens of Reclame Aqui are not worth carrying over: the next call gets a new one.
	return tx.CallBudget.Update().ClearToken().ClearTokenExpiresAt().Exec(ctx)
}

// reseal gives the value sealed with the present key; nil where it is so already, and where it does not open.
func (r *rotation) reseal(sealed []byte, table, column, row string) []byte {
	plain, err := r.keys.Open(sealed, table, column, row)
	switch {
	case err != nil:
		r.lost++
		return nil
	case !r.keys.NeedsRotation(sealed):
		return nil
	}
	return r.keys.Seal(plain, table, column, row)
}
