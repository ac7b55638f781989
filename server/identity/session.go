package identity

import (
	"context"
	"crypto/subtle"
	"errors"
	"slices"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/session"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/ent/schema"
	"citrus.cx/channel/server/fault"
)

// Tokens are what a sign-in and a refresh give.
type Tokens struct {
	// AccessToken goes into the Authorization header, after "Bearer ".
	AccessToken string
	// RefreshToken is good for one refresh.
	RefreshToken string
	// ExpiresAt is when the access token ends.
	ExpiresAt time.Time
	UserID    string
}

// SignIn begins a session. Required names empty fields. A wrong e-mail, a wrong password and
// an archived user are one fault, InvalidCredentials, after the same time; after ten failures
// for an e-mail from one address (FromAddress) within 15 minutes, or a hundred from all, it is
// TooManyRequests, whatever the password.
func (s *Service) SignIn(ctx context.Context, email, password string) (tokens Tokens, err error) {
	defer fault.Wrap(&err, "identity.SignIn")
	var problems fault.List
	if strings.TrimSpace(email) == "" {
		problems.Add(fault.Required, "email")
	}
	if password == "" {
		problems.Add(fault.Required, "password")
	}
	if err := problems.Err(); err != nil {
		return Tokens{}, err
	}
	folded := foldEmail(strings.TrimSpace(email))
	if err := s.guesses.try(ctx, folded); err != nil {
		return Tokens{}, err
	}
	phc, userID, err := s.passwordOf(ctx, folded)
	if err != nil {
		return Tokens{}, err
	}
	right, err := s.passwords.verify(ctx, phc, password)
	if err != nil {
		return Tokens{}, err
	}
	if !right {
		return Tokens{}, fault.New(fault.InvalidCredentials)
	}
	s.guesses.forget(ctx, folded)
	return s.begin(ctx, userID, phc, password)
}

// passwordOf gives the hash of an active user's password, "" where there is no such user.
func (s *Service) passwordOf(ctx context.Context, folded string) (phc, userID string, err error) {
	if !isEmail(folded) {
		return "", "", nil
	}
	u, err := s.db.Reader.User.Query().
		Where(user.EmailFolded(folded), user.ArchivedAtIsNil()).Only(System(ctx))
	if db.IsNotFound(err) {
		return "", "", nil
	}
	if err != nil {
		return "", "", err
	}
	return u.PasswordHash, u.ID, nil
}

// begin writes a new session for a user whose password was found right, and sweeps up his past ones.
func (s *Service) begin(ctx context.Context, userID, phc, password string) (tokens Tokens, err error) {
	better := phc
	if needsRehash(phc, s.passwords.costs) {
		if better, err = s.passwords.hash(ctx, password); err != nil {
			return Tokens{}, err
		}
	}
	id := schema.NewID(schema.PrefixSession)
	refresh, hash := newRefresh(id)
	now := s.now()
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		// The password was checked outside of the transaction: it must still be the user's.
		u, err := tx.User.Query().Where(user.ID(userID), user.PasswordHash(phc), user.ArchivedAtIsNil(), locked).Only(ctx)
		if db.IsNotFound(err) {
			return fault.New(fault.InvalidCredentials)
		}
		if err != nil {
			return err
		}
		if better != phc {
			if err := tx.User.UpdateOne(u).SetPasswordHash(better).Exec(ctx); err != nil {
				return err
			}
		}
		past := session.Or(session.EndedAtNotNil(), session.ExpiresAtLTE(now))
		if _, err := tx.Session.Delete().Where(session.UserID(userID), past).Exec(ctx); err != nil {
			return err
		}
		return tx.Session.Create().SetID(id).SetUserID(userID).SetRefreshHash(hash).SetExpiresAt(now.Add(s.lifetime)).Exec(ctx)
	})
	if err != nil {
		return Tokens{}, err
	}
	return s.issue(userID, id, refresh)
}

func (s *Service) issue(userID, sessionID, refresh string) (Tokens, error) {
	token, expires, err := s.access.issue(userID, sessionID)
	if err != nil {
		return Tokens{}, err
	}
	return Tokens{AccessToken: token, RefreshToken: refresh, ExpiresAt: expires, UserID: userID}, nil
}

// Refresh changes a refresh token for new tokens. A token is good once: when one of the
// session's past comes again, two hold it and one of them is a thief, so the session ends
// for both (RFC 9700, section 4.14.2). Everything refused is Unauthenticated.
func (s *Service) Refresh(ctx context.Context, refreshToken string) (tokens Tokens, err error) {
	defer fault.Wrap(&err, "identity.Refresh")
	if refreshToken == "" {
		return Tokens{}, fault.New(fault.Required, "refreshToken")
	}
	id := sessionOf(refreshToken)
	if id == "" {
		return Tokens{}, fault.New(fault.Unauthenticated)
	}
	next, nextHash := newRefresh(id)
	var userID string // stays "" when refused; the end of a session is committed too
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		userID = ""
		now := s.now()
		row, err := tx.Session.Query().
			Where(session.ID(id), session.EndedAtIsNil(), session.ExpiresAtGT(now), locked).Only(ctx)
		if db.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		active, err := tx.User.Query().Where(user.ID(row.UserID), user.ArchivedAtIsNil()).Exist(ctx)
		if err != nil {
			return err
		}
		current := subtle.ConstantTimeCompare([]byte(row.RefreshHash), []byte(hashRefresh(refreshToken))) == 1
		if !current || !active {
			if err := tx.Session.UpdateOne(row).SetEndedAt(now).Exec(ctx); err != nil {
				return err
			}
			return stir(ctx, tx)
		}
		userID = row.UserID
		return tx.Session.UpdateOne(row).
			SetRefreshHash(nextHash).SetExpiresAt(now.Add(s.lifetime)).Exec(ctx)
	})
	if err != nil {
		return Tokens{}, err
	}
	if userID == "" {
		return Tokens{}, fault.New(fault.Unauthenticated)
	}
	return s.issue(userID, id, next)
}

// SignOut ends the viewer's session: its tokens are refused from the next request on. It does so also for whom
// Authenticate refused because his token has ended: the session may still be refreshed.
func (s *Service) SignOut(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "identity.SignOut")
	v, ok := From(ctx)
	id := v.SessionID
	if !ok {
		if id, ok = ctx.Value(lapsedKey{}).(string); !ok {
			return fault.New(fault.Unauthenticated)
		}
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := tx.Session.Update().Where(session.ID(id), session.EndedAtIsNil()).SetEndedAt(s.now()).Exec(ctx); err != nil {
			return err
		}
		return stir(ctx, tx)
	})
}

// Authenticate gives the context in which the bearer of an Authorization value asks: with
// his Viewer and ExpiresAt. Without a value the context stays as it is. A token that is
// malformed, forged, expired, of an ended session or of an archived user is Unauthenticated;
// the context of an expired one is good for SignOut.
func (s *Service) Authenticate(ctx context.Context, authorization string) (_ context.Context, err error) {
	defer fault.Wrap(&err, "identity.Authenticate")
	if authorization == "" {
		return ctx, nil
	}
	scheme, token, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ctx, fault.New(fault.Unauthenticated)
	}
	userID, sessionID, expires, err := s.access.read(strings.TrimSpace(token))
	if errors.Is(err, errLapsed) {
		return context.WithValue(ctx, lapsedKey{}, sessionID), fault.New(fault.Unauthenticated)
	}
	if err != nil {
		// The cause is left out: the library's texts may repeat parts of the token.
		return ctx, fault.New(fault.Unauthenticated)
	}
	v, err := s.load(ctx, userID, sessionID)
	if err != nil {
		return ctx, err
	}
	return context.WithValue(With(ctx, v), expiresKey{}, expires), nil
}

// Again is a viewer as the database knows him now: who follows something for long asks before each
// delivery. Unauthenticated when the session has ended or the user was archived.
func (s *Service) Again(ctx context.Context, v Viewer) (_ Viewer, err error) {
	defer fault.Wrap(&err, "identity.Again")
	return s.load(ctx, v.UserID, v.SessionID)
}

// load reads the viewer of a session that has not ended, in one statement: a row for each of his sectors.
func (s *Service) load(ctx context.Context, userID, sessionID string) (Viewer, error) {
	var found []struct {
		Name, Email string
		Role        user.Role
		SectorID    *string `sql:"sector_id"`
	}
	err := s.db.Reader.User.Query().
		Where(
			user.ID(userID), user.ArchivedAtIsNil(),
			user.HasSessionsWith(session.ID(sessionID), session.EndedAtIsNil(), session.ExpiresAtGT(s.now())),
			withSectors,
		).
		Select(user.FieldName, user.FieldEmail, user.FieldRole).
		Scan(System(ctx), &found)
	if err != nil {
		return Viewer{}, err
	}
	if len(found) == 0 {
		return Viewer{}, fault.New(fault.Unauthenticated)
	}
	v := Viewer{UserID: userID, Name: found[0].Name, Email: found[0].Email, Role: found[0].Role, SessionID: sessionID}
	for _, row := range found {
		if row.SectorID != nil {
			v.SectorIDs = append(v.SectorIDs, *row.SectorID)
		}
	}
	slices.Sort(v.SectorIDs)
	return v, nil
}

// withSectors joins a user's sectors: sector_id is null for who has none.
func withSectors(s *sql.Selector) {
	member := sql.Dialect(s.Dialect()).Table(user.SectorsTable)
	s.LeftJoin(member).On(s.C(user.FieldID), member.C("user_id")).AppendSelectAs(member.C("sector_id"), "sector_id")
}
