package sandbox

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"time"
)

// ledger owns the complaints and the settings. Every change is made on a copy, kept in the journal, and only then seen;
// so whoever holds a *Ticket from here may read it without a lock.
type ledger struct {
	now     func() time.Time
	log     *slog.Logger
	changed func(*Ticket, settings) // told under the lock, so in the order of the changes; must not block

	mu       sync.Mutex
	list     []*Ticket // by id, ascending
	index    map[int64]int
	people   map[string]int64 // the latest complaint of a CPF or e-mail
	details  map[string]int64 // the complaint of an attachment's detail
	cases    map[string]int   // moderations asked for, by day in Brazil
	agenda   agenda
	ids      counters
	stamp    time.Time // the latest last_modification_date; it never goes back, whatever the clock does
	settings settings
	restored bool
	journal  *journal // nil: memory only
	pen      *pen
}

// settings are what outlives a restart beside the complaints.
type settings struct {
	Version      int    `json:"version"`
	Life         bool   `json:"life"`
	CallbackURL  string `json:"callbackUrl"`
	CallbackBody string `json:"callbackBody"`
	// Rate was set by hand while the configuration said RateInstead; it holds until that configuration changes.
	Rate        int `json:"rate"`
	RateInstead int `json:"rateInstead"`
	// Switches were set by hand while the configuration said SwitchesInstead, likewise.
	Switches        Switches `json:"switches"`
	SwitchesInstead Switches `json:"switchesInstead"`
	// ClockOff is how far the clock was driven.
	ClockOff time.Duration `json:"clockOff"`
	// The licence; nil is the year before and the year after now.
	LicenceStart *time.Time `json:"licenceStart"`
	LicenceEnd   *time.Time `json:"licenceEnd"`
	// MalformedPercent of all complaints are written in a broken shape.
	MalformedPercent int `json:"malformedPercent"`
}

// openLedger also drives the clock to where the state file left it.
func openLedger(cfg Config, drive func(time.Duration), changed func(*Ticket, settings)) (*ledger, error) {
	l := &ledger{
		now: cfg.Now, log: cfg.Log, changed: changed, index: map[int64]int{}, ids: firstCounters(),
		people: map[string]int64{}, details: map[string]int64{}, cases: map[string]int{},
		settings: settings{Version: 1, CallbackBody: bodyRotate, Switches: cfg.Switches, SwitchesInstead: cfg.Switches},
	}
	if err := l.load(cfg); err != nil {
		return nil, err
	}
	if l.settings.Rate == 0 || l.settings.RateInstead != cfg.Rate {
		l.settings.Rate, l.settings.RateInstead = cfg.Rate, cfg.Rate
	}
	if l.settings.SwitchesInstead != cfg.Switches {
		l.settings.Switches, l.settings.SwitchesInstead = cfg.Switches, cfg.Switches
	}
	drive(l.settings.ClockOff)
	l.pen = newPen(rand.New(rand.NewPCG(uint64(cfg.Seed), uint64(l.ids.Ticket))))
	if !l.restored {
		l.seed(cfg)
	}
	if cfg.StateFile == "" {
		return l, nil
	}
	var err error
	l.journal, err = compactJournal(cfg.StateFile, l.settings, l.list)
	return l, err
}

func (l *ledger) load(cfg Config) error {
	if cfg.StateFile == "" {
		return nil
	}
	kept, err := readJournal(cfg.StateFile)
	if err != nil {
		return err
	}
	if kept.settings != nil {
		l.settings, l.restored = *kept.settings, true
	}
	for _, t := range kept.tickets {
		l.restored = true
		l.put(t)
		l.ids.see(t)
	}
	return nil
}

// put shows a ticket to readers. A new id must be greater than all before it.
func (l *ledger) put(t *Ticket) {
	var before *Ticket
	if i, ok := l.index[t.ID]; ok {
		before = l.list[i]
		l.list[i] = t
	} else {
		l.index[t.ID] = len(l.list)
		l.list = append(l.list, t)
	}
	l.schedule(before, t)
	l.note(before, t)
	if t.Modified.After(l.stamp) {
		l.stamp = t.Modified.Time
	}
}

// note keeps the indexes: who complained last under a CPF or e-mail, whose an attachment is, and how many moderations
// were asked for on each day.
func (l *ledger) note(before, t *Ticket) {
	attached, asked := 0, 0
	if before == nil {
		for _, key := range slices.Concat(t.Customer.CPF, t.Customer.Email) {
			l.people[key] = max(l.people[key], t.ID)
		}
	} else {
		attached, asked = len(before.Attached), len(before.own.Moderations)
	}
	for _, a := range t.Attached[min(attached, len(t.Attached)):] {
		l.details[a.ID] = t.ID
	}
	for _, m := range t.own.Moderations[min(asked, len(t.own.Moderations)):] {
		l.cases[day(m.Asked.Time)]++
	}
}

// day names a day in Brazil, by which the daily limit counts.
func day(at time.Time) string { return at.In(saoPaulo).Format(time.DateOnly) }

// see raises the counters over the ids of a ticket read from the journal, so that none is given twice.
func (c *counters) see(t *Ticket) {
	number := func(s string) int64 {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return 0
		}
		return n
	}
	c.Ticket, c.Customer = max(c.Ticket, t.ID), max(c.Customer, t.Customer.ID)
	c.Source = max(c.Source, number(t.SourceExternalID))
	for _, h := range t.Historical {
		c.History = max(c.History, h.ID)
	}
	for _, in := range t.Interactions {
		c.Interaction = max(c.Interaction, number(in.ID))
		for _, d := range in.Details {
			c.Detail = max(c.Detail, number(d.ID))
		}
	}
}

// tick is the time of a change: whole seconds, as the contract writes them, and never before an earlier change.
func (l *ledger) tick() time.Time {
	at := l.now().UTC().Truncate(time.Second)
	if at.Before(l.stamp) {
		return l.stamp
	}
	return at
}

// change edits one complaint. What edit refuses leaves no trace.
func (l *ledger) change(id int64, edit func(*act) error) (*Ticket, error) {
	l.settle()
	l.mu.Lock()
	defer l.mu.Unlock()
	i, ok := l.index[id]
	if !ok {
		return nil, ErrNoComplaint
	}
	return l.commit(l.list[i].clone(), edit)
}

// create makes a complaint; edit must call born.
func (l *ledger) create(edit func(*act) error) (*Ticket, error) {
	l.settle()
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.commit(nil, edit)
}

func (l *ledger) commit(t *Ticket, edit func(*act) error) (*Ticket, error) {
	ids := l.ids
	a := &act{t: t, at: l.tick(), ids: &ids, sw: l.settings.Switches}
	a.moderatedToday = l.cases[day(a.at)]
	if err := edit(a); err != nil {
		return nil, err
	}
	a.finish()
	if err := l.journal.write(lineOf(a.t)); err != nil {
		l.log.Error("sandbox: change not kept", "error", err)
		return nil, err
	}
	l.ids = ids
	l.put(a.t)
	if !a.quiet {
		l.changed(a.t, l.settings)
	}
	return a.t, nil
}

func (l *ledger) find(id int64) (*Ticket, bool) {
	l.settle()
	l.mu.Lock()
	defer l.mu.Unlock()
	i, ok := l.index[id]
	if !ok {
		return nil, false
	}
	return l.list[i], true
}

// all is every complaint by id, ascending; a snapshot.
func (l *ledger) all() []*Ticket {
	l.settle()
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.list)
}

func (l *ledger) current() settings {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.settings
}

func (l *ledger) set(edit func(*settings)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	changed := l.settings
	edit(&changed)
	if err := l.journal.write(line{Settings: &changed}); err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	l.settings = changed
	return nil
}

func (l *ledger) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.journal.close()
}
