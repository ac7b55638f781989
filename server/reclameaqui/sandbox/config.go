package sandbox

import (
	"fmt"
	"log/slog"
	"net/http"
	"time"
)

// The two companies of the licence. The second has no complaints until somebody makes one.
const (
	MainCompanyID   int64 = 900001
	SecondCompanyID int64 = 900002
)

var companies = []Named{{MainCompanyID, "Loja Aurora"}, {SecondCompanyID, "Aurora Viagens"}}

// Config is everything that a sandbox can be told at start. The zero value of each field means its default.
type Config struct {
	// Rate is how many calls a client may make in any 60 s; default 10.
	Rate int
	// Seed makes the starting data, and Complaints is how much of it; defaults 0 and 250. Negative means none.
	Seed       int64
	Complaints int
	// ClientID and ClientSecret are the only credentials; defaults "demo-client" and "demo-secret".
	ClientID, ClientSecret string
	// TokenLifetime is how long an access token is good for; default 1 h.
	TokenLifetime time.Duration
	// StateFile keeps the state across restarts; "" keeps it in memory only.
	StateFile string
	// Now is the sandbox's clock before it is driven; default time.Now.
	Now func() time.Time
	// Log takes what an operator should know; default discards. It never gets texts or people.
	Log *slog.Logger
	// HTTPClient sends the callbacks; default one with a timeout of 5 s.
	HTTPClient *http.Client
	// LifeMin and LifeMax bound the pause between two life events; defaults 15 s and 30 s.
	LifeMin, LifeMax time.Duration
	// Switches decide what the contract leaves unknown.
	Switches Switches
}

func (c Config) withDefaults() (Config, error) {
	if c.Rate == 0 {
		c.Rate = 10
	}
	if c.Complaints == 0 {
		c.Complaints = 250
	}
	if c.ClientID == "" {
		c.ClientID = "demo-client"
	}
	if c.ClientSecret == "" {
		c.ClientSecret = "demo-secret"
	}
	if c.TokenLifetime == 0 {
		c.TokenLifetime = time.Hour
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.HTTPClient == nil {
		c.HTTPClient = &http.Client{Timeout: 5 * time.Second}
	}
	if c.LifeMin == 0 {
		c.LifeMin = 15 * time.Second
	}
	if c.LifeMax == 0 {
		c.LifeMax = max(30*time.Second, c.LifeMin)
	}
	if err := c.Switches.check(); err != nil {
		return c, fmt.Errorf("sandbox: switches: %w", err)
	}
	switch {
	case c.Rate < 1 || c.Rate > maxRate:
		return c, fmt.Errorf("sandbox: rate %d is not within 1 and %d", c.Rate, maxRate)
	case c.TokenLifetime < time.Second:
		return c, fmt.Errorf("sandbox: token lifetime %s is under a second", c.TokenLifetime)
	case c.LifeMin < 0 || c.LifeMax < c.LifeMin:
		return c, fmt.Errorf("sandbox: life between %s and %s", c.LifeMin, c.LifeMax)
	}
	return c, nil
}

// maxRate bounds the memory of the sliding window.
const maxRate = 1_000_000
