package app

import (
	"context"
	"fmt"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/integration"
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
	done := 0
	err = d.Write(p.ctx, func(ctx context.Context, tx *db.Tx) error {
		done = 0
		if err := rotatePasswords(ctx, tx, s, &done); err != nil {
			return err
		}
		return rotateTokens(ctx, tx, s, &done)
	})
	if err == nil {
		fmt.Fprintf(p.stdout, "%d credentials sealed with the present key\n", done)
	}
	return err
}

func rotatePasswords(ctx context.Context, tx *db.Tx, s *services, done *int) error {
	rows, err := tx.Integration.Query().Where(integration.APIPasswordNotNil()).All(ctx)
	if err != nil {
		return err
	}
	for _, row := range rows {
		sealed, changed, err := reseal(s, row.APIPassword, "integrations", "api_password", row.ID)
		if err != nil {
			return err
		}
		if !changed {
			continue
		}
		// One that an administrator has replaced meanwhile is sealed with the present key already.
		n, err := tx.Integration.Update().
			Where(integration.ID(row.ID), integration.APIPassword(row.APIPassword)).SetAPIPassword(sealed).Save(ctx)
		if err != nil {
			return err
		}
		*done += n
	}
	return nil
}

func rotateTokens(ctx context.Context, tx *db.Tx, s *services, done *int) error {
	rows, err := tx.CallbackToken.Query().All(ctx)
	if err != nil {
		return err
	}
	for _, row := range rows {
		sealed, changed, err := reseal(s, row.Sealed, "callback_tokens", "sealed", row.ID)
		if err != nil {
			return err
		}
		if !changed {
			continue
		}
		if err := tx.CallbackToken.UpdateOneID(row.ID).SetSealed(sealed).Exec(ctx); err != nil {
			return err
		}
		*done++
	}
	// Access tokens of Reclame Aqui are not worth carrying over: the next call gets a new one.
	return tx.CallBudget.Update().ClearToken().ClearTokenExpiresAt().Exec(ctx)
}

func reseal(s *services, sealed []byte, table, column, row string) ([]byte, bool, error) {
	if !s.keys.NeedsRotation(sealed) {
		return nil, false, nil
	}
	plain, err := s.keys.Open(sealed, table, column, row)
	if err != nil {
		return nil, false, err
	}
	return s.keys.Seal(plain, table, column, row), true, nil
}
