package app

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"citrus.cx/channel/ent/db/sector"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/fault"
	"citrus.cx/channel/server/identity"
)

// commands is the command line.
type commands struct {
	Config
	Serve   serveCommand   `cmd:"" help:"Serve the API."`
	Demo    demoCommand    `cmd:"" help:"Serve a demo: data, logins and a simulated Reclame Aqui, on this machine alone."`
	Sandbox sandboxCommand `cmd:"" help:"Serve the Reclame Aqui simulator alone."`
	Migrate migrateCommand `cmd:"" help:"Bring the database to the present schema and end."`
	Secret  struct {
		Rotate rotateCommand `cmd:"" help:"Seal all stored credentials with the present master key."`
	} `cmd:"" help:"Stored credentials."`
	User struct {
		Create userCommand `cmd:"" help:"Make a user; the password comes from standard input."`
	} `cmd:"" help:"Users."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

// process is what a command works with.
type process struct {
	ctx    context.Context
	config Config
	stdin  io.Reader
	stdout io.Writer
	log    *slog.Logger
}

// Main runs a command line and returns the exit code: 0, 1 when the command failed, 2 when it
// was not understood. The first SIGINT or SIGTERM ends it in order.
func Main(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	// Times are UTC everywhere inside; only the text for people is local. Who runs it again in one process
	// may have goroutines left that look at the clock.
	if time.Local != time.UTC {
		time.Local = time.UTC
	}

	var c commands
	exited := -1
	parser, err := kong.New(&c, kong.Name("citrus-channel"), kong.Writers(stdout, stderr),
		kong.Description("The API backend of the Reclame Aqui channel."),
		kong.Exit(func(code int) { exited = code }), kong.UsageOnError())
	if err != nil {
		fmt.Fprintln(stderr, err)
		return 2
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		parser.Errorf("%s", err)
		return 2
	}
	if err := c.check(); err != nil {
		fmt.Fprintln(stderr, "citrus-channel:", err)
		return 2
	}
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: c.LogLevel}))
	if err := parsed.Run(&process{ctx, c.Config, stdin, stdout, log}); err != nil {
		fmt.Fprintln(stderr, "citrus-channel:", err)
		return 1
	}
	return 0
}

type migrateCommand struct{}

// Run brings the database to the present schema.
func (migrateCommand) Run(p *process) error {
	ran, err := database.Migrate(p.ctx, p.config.database("citrus.db"))
	for _, name := range ran {
		fmt.Fprintln(p.stdout, name)
	}
	return err
}

type versionCommand struct{}

// Run prints the version that Go recorded in the build.
func (versionCommand) Run(p *process) error {
	version, revision := "unknown", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				revision = " " + s.Value
			}
		}
	}
	_, err := fmt.Fprintf(p.stdout, "citrus-channel %s%s\n", version, revision)
	return err
}

type userCommand struct {
	Role          string   `required:"" enum:"ADMIN,SUPERVISOR,AGENT" help:"ADMIN, SUPERVISOR or AGENT."`
	Email         string   `required:"" help:"The e-mail to sign in with."`
	Name          string   `required:"" help:"The name, as colleagues see it."`
	Sector        []string `help:"Codes of the user's sectors."`
	PasswordStdin bool     `required:"" help:"Read the password from standard input."`
}

// Run makes a user and prints its id.
func (c userCommand) Run(p *process) error {
	password, err := bufio.NewReader(p.stdin).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	d, services, err := p.open("citrus.db", "http://"+p.config.Listen)
	if err != nil {
		return err
	}
	defer d.Close()
	ctx := identity.System(p.ctx)
	ids, err := d.Writer.Sector.Query().Where(sector.CodeIn(c.Sector...)).IDs(ctx)
	if err != nil {
		return err
	}
	if len(ids) < len(c.Sector) {
		return fmt.Errorf("no sector of every code in %s", strings.Join(c.Sector, ", "))
	}
	id, err := services.identity.CreateUser(ctx, identity.NewUser{
		Email: c.Email, Name: c.Name, Role: user.Role(c.Role), SectorIDs: ids, Password: strings.TrimRight(password, "\r\n"),
	}, "")
	if err != nil {
		return explain(err)
	}
	_, err = fmt.Fprintln(p.stdout, id)
	return err
}

// explain says faults as a person at a terminal reads them.
func explain(err error) error {
	list, ok := fault.All(err)
	if !ok {
		return err
	}
	lines := make([]string, len(list))
	for i, f := range list {
		lines[i] = strings.TrimSpace(strings.Join(f.Field, ".") + ": " + f.Message(fault.English))
	}
	return errors.New(strings.Join(lines, "; "))
}
