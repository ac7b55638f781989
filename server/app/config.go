package app

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"citrus.cx/channel/server/secret"
)

// Config is everything that can be set from outside: by flag, else by environment, else as said
// here. Secrets print as <redacted>.
type Config struct {
	Listen            string      `env:"CITRUS_LISTEN" default:"127.0.0.1:8080" help:"Address to serve on."`
	DatabaseURL       secret.Text `env:"CITRUS_DATABASE_URL" help:"sqlite:<file> or postgres://…; a SQLite file in the data folder when not given."`
	PublicURL         string      `env:"CITRUS_PUBLIC_URL" help:"Where Reclame Aqui and browsers reach this server; http://<listen> when not given."`
	MasterKey         secret.Text `env:"CITRUS_MASTER_KEY" help:"32 bytes in base64 that seal stored credentials; a key file in the data folder when not given."`
	MasterKeyPrevious secret.Text `env:"CITRUS_MASTER_KEY_PREVIOUS" help:"The key before, while credentials sealed with it are still about."`
	AllowedOrigins    []string    `env:"CITRUS_ALLOWED_ORIGINS" help:"Origins of browser apps, as https://app.example.com; comma-separated."`
	ReclameAquiURL    string      `env:"CITRUS_RECLAME_AQUI_URL" help:"Base of Reclame Aqui's API; https://app.hugme.com.br/api when not given."`
	SocketsPerUser    int         `env:"CITRUS_SOCKETS_PER_USER" default:"250" help:"Sockets and event streams that one user may have at once, with four times as many operations on them."`
	LogLevel          slog.Level  `env:"CITRUS_LOG_LEVEL" default:"info" help:"debug, info, warn or error."`
	DataDir           string      `env:"CITRUS_DATA_DIR" default:"data" help:"Folder for the SQLite file, the key file and uploads."`
	KeepDeliveries    int         `env:"CITRUS_KEEP_DELIVERIES" default:"30" help:"Days that callbacks which came in are kept; 0 = for ever."`
	KeepEvents        int         `env:"CITRUS_KEEP_EVENTS" default:"90" help:"Days of updates that a subscription replays to who was away; 0 = all. The history of tickets stays for ever."`
	GraphiQL          bool        `env:"CITRUS_GRAPHIQL" name:"graphiql" help:"Serve GraphiQL and introspection also in serve."`
	SandboxListen     string      `env:"CITRUS_SANDBOX_LISTEN" default:"127.0.0.1:8090" help:"Address of the Reclame Aqui simulator."`
	SandboxRate       int         `env:"CITRUS_SANDBOX_RATE" default:"10" help:"Calls a minute that the simulator allows."`
	SandboxComplaints int         `env:"CITRUS_SANDBOX_COMPLAINTS" default:"250" help:"Complaints that a new simulator begins with."`
}

// reclameAquiAPI is the public address of Reclame Aqui's API (wire contract, section 1).
const reclameAquiAPI = "https://app.hugme.com.br/api"

// maxDays is a century.
const maxDays = 36_500

// check refuses settings that would only fail later, by their names.
func (c Config) check() error {
	if u := c.DatabaseURL.Reveal(); u != "" && !strings.HasPrefix(u, "sqlite:") && !strings.HasPrefix(u, "postgres://") && !strings.HasPrefix(u, "postgresql://") {
		return errors.New("CITRUS_DATABASE_URL: want sqlite:<file> or postgres://…")
	}
	if c.KeepDeliveries < 0 || c.KeepDeliveries > maxDays {
		return fmt.Errorf("CITRUS_KEEP_DELIVERIES: want days, 0 to %d", maxDays)
	}
	if c.KeepEvents < 0 || c.KeepEvents > maxDays {
		return fmt.Errorf("CITRUS_KEEP_EVENTS: want days, 0 to %d", maxDays)
	}
	if c.SocketsPerUser < 1 {
		return errors.New("CITRUS_SOCKETS_PER_USER: want 1 or more")
	}
	for name, value := range map[string]string{"CITRUS_PUBLIC_URL": c.PublicURL, "CITRUS_RECLAME_AQUI_URL": c.ReclameAquiURL} {
		if value != "" && !isAddress(value) {
			return fmt.Errorf("%s: want an address that begins with http:// or https://", name)
		}
	}
	for _, origin := range c.AllowedOrigins {
		if origin != "*" && !isAddress(origin) {
			return errors.New("CITRUS_ALLOWED_ORIGINS: want origins, as https://app.example.com, or *")
		}
	}
	return nil
}

func isAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

// database is the database's URL; file is the SQLite file used when none is given.
func (c Config) database(file string) string {
	if c.DatabaseURL != "" {
		return c.DatabaseURL.Reveal()
	}
	return "sqlite:" + filepath.Join(c.DataDir, file)
}

// public is where the outside reaches the server listening at an address.
func (c Config) public(address string) string {
	if c.PublicURL != "" {
		return c.PublicURL
	}
	return "http://" + address
}

// keyring reads the keys, and makes a key file at the first start when no key is given: losing
// it means entering the API passwords again, so it says so.
func (c Config) keyring(log *slog.Logger) (*secret.Keyring, error) {
	current := c.MasterKey.Reveal()
	if current == "" {
		var err error
		if current, err = keyFile(filepath.Join(c.DataDir, "master.key"), log); err != nil {
			return nil, err
		}
	}
	key, err := secret.ParseKey(current)
	if err != nil {
		return nil, fmt.Errorf("CITRUS_MASTER_KEY: %w", err)
	}
	if c.MasterKeyPrevious == "" {
		return secret.NewKeyring(key)
	}
	previous, err := secret.ParseKey(c.MasterKeyPrevious.Reveal())
	if err != nil {
		return nil, fmt.Errorf("CITRUS_MASTER_KEY_PREVIOUS: %w", err)
	}
	return secret.NewKeyring(key, previous)
}

func keyFile(path string, log *slog.Logger) (string, error) {
	content, err := os.ReadFile(path)
	if err == nil {
		return strings.TrimSpace(string(content)), nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	key := secret.NewKey()
	made, err := writeWhole(path, key+"\n")
	if err != nil {
		return "", err
	}
	if !made {
		return keyFile(path, log)
	}
	log.Warn("made a master key; keep a copy of it, or set CITRUS_MASTER_KEY", "file", path)
	return key, nil
}

// writeWhole makes a file that is there whole or not at all, also for who is killed meanwhile; false when somebody was faster.
func writeWhole(path, content string) (made bool, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "new-*.key")
	if err != nil {
		return false, err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(content)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return false, err
	}
	// A link, unlike a rename, leaves what is there: of two processes that start at once one makes the key.
	err = os.Link(f.Name(), path)
	if errors.Is(err, os.ErrExist) {
		return false, nil
	}
	return err == nil, err
}

// loopback says whether an address can be reached from this machine alone.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
