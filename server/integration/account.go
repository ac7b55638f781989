package integration

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/callbudget"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/identity"
	"citrus.cx/channel/server/quota"
	"citrus.cx/channel/server/reclameaqui"
	"citrus.cx/channel/server/secret"
)

// ErrNoCredentials says that an integration has no user or no password for the API.
var ErrNoCredentials = errors.New("integration has no credentials")

// Credential names the budget that an integration's calls are counted in: all integrations that
// speak as one client of one Reclame Aqui share it (rule S4). "" without a user.
func (s *Service) Credential(row *db.Integration) string {
	if row.APIUsername == nil {
		return ""
	}
	sum := sha256.Sum256([]byte(s.options.ReclameAquiURL + "\n" + *row.APIUsername))
	return hex.EncodeToString(sum[:16])
}

// Opens says whether the stored password of an integration can be opened with the keys at hand.
func (s *Service) Opens(row *db.Integration) bool {
	_, err := s.options.Keys.Open(row.APIPassword, "integrations", "api_password", row.ID)
	return err == nil
}

// Client speaks with Reclame Aqui as an integration, in a lane of its credential's budget.
func (s *Service) Client(row *db.Integration, lane quota.Lane) (*reclameaqui.Client, error) {
	return s.client(row, s.gate(row, lane, 0))
}

// Calls counts what a client asked of Reclame Aqui, tokens included.
type Calls struct{ made atomic.Int64 }

// Made is how many calls there were.
func (c *Calls) Made() int { return int(c.made.Load()) }

// EnteredClient is a Client whose first call has its place in the budget already. Each further one waits for its own
// for so long at most: whoever has others to serve comes back later.
func (s *Service) EnteredClient(row *db.Integration, lane quota.Lane, patience time.Duration) (*reclameaqui.Client, *Calls, error) {
	g := s.gate(row, lane, patience)
	g.entered.Store(true)
	g.took()
	client, err := s.client(row, g)
	return client, &g.calls, err
}

// client makes one that its gate lets in; its tokens are the credential's, as a caller may wish to see them.
func (s *Service) client(
	row *db.Integration, g reclameaqui.Gate, see ...func(reclameaqui.TokenStore) reclameaqui.TokenStore,
) (*reclameaqui.Client, error) {
	if row.APIUsername == nil || row.APIPassword == nil {
		return nil, ErrNoCredentials
	}
	password, err := s.options.Keys.Open(row.APIPassword, "integrations", "api_password", row.ID)
	if err != nil {
		return nil, fmt.Errorf("open api password: %w", err)
	}
	var tokens reclameaqui.TokenStore = s.tokens.of(s.Credential(row), password)
	for _, f := range see {
		tokens = f(tokens)
	}
	options := []reclameaqui.Option{reclameaqui.WithGate(g), reclameaqui.WithTokens(tokens)}
	if s.options.HTTP != nil {
		options = append(options, reclameaqui.WithHTTPClient(s.options.HTTP))
	}
	return reclameaqui.New(s.options.ReclameAquiURL, reclameaqui.Credentials{
		ClientID: *row.APIUsername, ClientSecret: reclameaqui.Secret(password),
	}, options...), nil
}

// gate lets each call of a client take its place in the budget.
type gate struct {
	budgets    *quota.Budgets
	credential string
	lane       quota.Lane
	// entered says that a place was taken and not used yet.
	entered atomic.Bool
	// patience bounds the wait for a place; 0 = as long as the context allows.
	patience time.Duration
	calls    Calls
	now      func() time.Time
	since    atomic.Pointer[time.Time] // when the last place was taken
}

func (s *Service) gate(row *db.Integration, lane quota.Lane, patience time.Duration) *gate {
	return &gate{budgets: s.options.Budgets, credential: s.Credential(row), lane: lane, patience: patience, now: s.options.Now}
}

func (g *gate) took() {
	now := g.now()
	g.since.Store(&now)
}

func (g *gate) Enter(ctx context.Context) error {
	if !g.entered.CompareAndSwap(true, false) {
		if g.patience > 0 {
			bounded, cancel := context.WithTimeout(ctx, g.patience)
			defer cancel()
			ctx = bounded
		}
		if err := g.budgets.Enter(ctx, g.credential, g.lane); err != nil {
			return err
		}
		g.took()
	}
	g.calls.made.Add(1)
	return nil
}

// Over: Reclame Aqui has seen the call by now, and may have seen it as late as now.
func (g *gate) Over() {
	ctx, cancel := context.WithTimeout(context.Background(), noted)
	defer cancel()
	if since := g.since.Load(); since != nil {
		// Not kept, it counts from when its place was taken.
		_ = g.budgets.Late(ctx, g.credential, g.now().Sub(*since))
	}
}

// Answered: a call succeeded, so what failed for all of the credential is over. The syncer tells by itself.
func (g *gate) Answered() {
	if g.lane != quota.Agent {
		return
	}
	ctx, cancel := context.WithTimeout(identity.System(context.Background()), noted)
	defer cancel()
	// Not kept, the syncer's next probe finds it out.
	_ = g.budgets.Answered(ctx, g.credential)
}

// noted bounds the note of a fact that a call brought: it must not outlive the call by much.
const noted = 5 * time.Second

func (g *gate) TokenIssued(t reclameaqui.Token) {
	ctx, cancel := context.WithTimeout(context.Background(), noted)
	defer cancel()
	// A fact that was not kept comes again with the next token.
	_ = g.budgets.Learn(ctx, g.credential, quota.Facts{
		CallsPerMinute: t.RateLimit, LicenceStart: t.LicenceStart, LicenceEnd: t.LicenceEnd,
	})
}

func (g *gate) Throttled(retryAfter time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), noted)
	defer cancel()
	// Not kept, the next call learns it again from Reclame Aqui.
	_ = g.budgets.Throttled(ctx, g.credential, retryAfter)
}

// tokens keeps access tokens, in memory and sealed beside the budget, so that a restart costs no call.
type tokens struct {
	database *database.DB
	keys     *secret.Keyring
	mu       sync.Mutex
	stores   map[string]*tokenStore
}

func newTokens(d *database.DB, keys *secret.Keyring) *tokens {
	return &tokens{database: d, keys: keys, stores: map[string]*tokenStore{}}
}

// of is the store of one credential and password: a token got with another password is not used.
func (t *tokens) of(credential string, password []byte) *tokenStore {
	sum := sha256.Sum256(append([]byte(credential+"\n"), password...))
	row := credential + "/" + hex.EncodeToString(sum[:8])
	t.mu.Lock()
	defer t.mu.Unlock()
	store := t.stores[row]
	if store == nil {
		store = &tokenStore{tokens: t, credential: credential, row: row}
		t.stores[row] = store
	}
	return store
}

type tokenStore struct {
	*tokens
	credential, row string
	mu              sync.Mutex
	token           reclameaqui.Token
	loaded          bool
}

// Load gives the last token that was saved, whether it is still good or not.
func (s *tokenStore) Load(ctx context.Context) (reclameaqui.Token, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.loaded {
		s.loaded = true
		s.token = s.restore(ctx)
	}
	return s.token, s.token.AccessToken != ""
}

func (s *tokenStore) restore(ctx context.Context) reclameaqui.Token {
	row, err := s.database.Reader.CallBudget.Get(identity.System(ctx), s.credential)
	if err != nil || row.Token == nil || row.TokenExpiresAt == nil {
		return reclameaqui.Token{}
	}
	plain, err := s.keys.Open(row.Token, "call_budgets", "token", s.row)
	if err != nil {
		return reclameaqui.Token{}
	}
	return reclameaqui.Token{AccessToken: reclameaqui.Secret(plain), ExpiresAt: *row.TokenExpiresAt}
}

// Save keeps a token; one that cannot be written is used from memory until the process ends.
func (s *tokenStore) Save(ctx context.Context, t reclameaqui.Token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token, s.loaded = t, true
	sealed := s.keys.Seal([]byte(t.AccessToken.Reveal()), "call_budgets", "token", s.row)
	_ = s.database.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		return tx.CallBudget.Update().Where(callbudget.ID(s.credential)).
			SetToken(sealed).SetTokenExpiresAt(t.ExpiresAt).Exec(ctx)
	})
}
