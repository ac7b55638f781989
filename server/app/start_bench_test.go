package app

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/ent/db/integration"
	"citrus.cx/channel/ent/db/user"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
	"citrus.cx/channel/server/secret"
)

// BenchmarkStart starts the product on a database of an ordinary size for it, 500 integrations with a million tickets when
// CITRUS_BENCH_BIG is set and a tenth of both otherwise, beside a start on one with a single draft: how long until it
// is ready, and its memory once the first rounds are over and an agent has read a page. On SQLite that includes the
// pages of the file that it has mapped.
func BenchmarkStart(b *testing.B) {
	integrations, tickets := 50, 100_000
	if os.Getenv("CITRUS_BENCH_BIG") != "" {
		integrations, tickets = 500, 1_000_000
	}
	b.Run("sqlite", func(b *testing.B) { bigStart(b, folder(b), integrations, tickets) })
	b.Run("postgres", func(b *testing.B) {
		bigStart(b, folder(b).with(settings{"DATABASE_URL": databasetest.Postgres(b)}), integrations, tickets)
	})
}

func bigStart(b *testing.B, s settings, integrations, tickets int) {
	s["RECLAME_AQUI_URL"] = silentRA(b)
	p, admin := server(b, s)
	admin.register()
	p.stop()
	bareReady, bareRest := restart(b, s)
	fillOffice(b, s, integrations, tickets)
	var ready time.Duration
	var rest memory
	for b.Loop() {
		ready, rest = restart(b, s)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ready.Seconds(), "s-ready")
	b.ReportMetric(bareReady.Seconds(), "s-ready-empty")
	b.ReportMetric(rest.all, "MB")
	b.ReportMetric(rest.mapped, "MB-of-files")
	b.ReportMetric(rest.most, "MB-at-most")
	b.ReportMetric(bareRest.all, "MB-empty")
}

// silentRA takes every account and has no complaint.
func silentRA(b *testing.B) (url string) {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/auth/oauth/token", func(w http.ResponseWriter, _ *http.Request) {
		answerOther(w, http.StatusOK, map[string]any{"access_token": otherToken, "token_type": "bearer", "rate_limit": "10", "expires_in": 3600})
	})
	mux.HandleFunc("GET /api/ticket/v1/tickets", func(w http.ResponseWriter, _ *http.Request) {
		answerOther(w, http.StatusOK, map[string]any{"meta": map[string]any{"total": 0}, "data": []any{}})
	})
	mux.HandleFunc("GET /api/ticket/v1/tickets/count", func(w http.ResponseWriter, _ *http.Request) {
		answerOther(w, http.StatusOK, map[string]any{"data": 0})
	})
	front := httptest.NewServer(mux)
	b.Cleanup(front.Close)
	return front.URL + "/api"
}

// memory of a process, in MB.
type memory struct{ all, mapped, most float64 }

var memoryLine = regexp.MustCompile(`(?m)^(VmRSS|RssFile|VmHWM):\s+(\d+) kB`)

func memoryOf(b *testing.B, p *program) (m memory) {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		b.Skip("memory is read from /proc: ", err)
	}
	for _, line := range memoryLine.FindAllStringSubmatch(string(status), -1) {
		kB, _ := strconv.Atoi(line[2]) // digits
		*map[string]*float64{"VmRSS": &m.all, "RssFile": &m.mapped, "VmHWM": &m.most}[line[1]] = float64(kB) / 1024
	}
	return m
}

// restart starts the product, lets an administrator read a page, and looks at it after the first rounds.
func restart(b *testing.B, s settings) (ready time.Duration, rest memory) {
	b.Helper()
	began := time.Now()
	p := start(b, s, "serve")
	eventually(b, "ready", func() bool {
		status, _ := fetch(b, "GET", p.graphql+"/readyz", nil, nil)
		return status == http.StatusOK
	})
	ready = time.Since(began)
	admin := signIn(b, p.graphql, adminEmail, adminPassword)
	admin.ask(benchSelection, nil)
	<-time.After(30 * time.Second) // what is measured is a time of rest
	rest = memoryOf(b, p)
	p.stop()
	return ready, rest
}

// fillOffice makes integrations of twenty accounts and their tickets, with the lists of the draft that is there.
func fillOffice(b *testing.B, s settings, integrations, tickets int) {
	b.Helper()
	ctx := context.Background()
	d := databasetest.Open(b, s.databaseURL(), database.Options{})
	text, err := os.ReadFile(filepath.Join(s["DATA_DIR"], "master.key"))
	if err != nil {
		b.Fatal(err)
	}
	key, err := secret.ParseKey(strings.TrimSpace(string(text)))
	if err != nil {
		b.Fatal(err)
	}
	keys, err := secret.NewKeyring(key)
	if err != nil {
		b.Fatal(err)
	}
	draft := d.Writer.Integration.Query().WithSolutions().OnlyX(ctx)
	now := time.Now().UTC().Truncate(time.Second)
	stock := databasetest.Stock{
		Tickets: tickets, Until: now.Add(-time.Hour), CustomerType: *draft.CustomerTypeID, Region: *draft.RegionID,
		Creator: d.Writer.User.Query().Where(user.RoleEQ(user.RoleADMIN)).OnlyIDX(ctx),
		Sector:  *draft.SectorID, OccurrenceType: *draft.OccurrenceTypeID, Occurrence: *draft.OccurrenceID,
	}
	err = d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		for i := range integrations {
			row := tx.Integration.Create().SetName(fmt.Sprint("Loja ", i)).SetNameFolded(fmt.Sprint("loja ", i)).
				SetChannel(draft.Channel).SetKind(draft.Kind).SetState(integration.StateACTIVE).SetActivatedAt(now).
				SetCompanyEmail(*draft.CompanyEmail).SetAPIUsername(fmt.Sprint("client-", i%20)).
				SetSyncIntervalMinutes(10).SetRetroactiveMonths(12).SetPageID(int64(1000 + i)).SetCompanyName(fmt.Sprint("Loja ", i)).
				SetReclameAquiID(fmt.Sprint(1000 + i)).SetAutoConversion(true).SetCustomerTypeID(stock.CustomerType).SetRegionID(stock.Region).
				SetCreatorID(stock.Creator).SetSectorID(stock.Sector).SetOccurrenceTypeID(stock.OccurrenceType).SetOccurrenceID(stock.Occurrence).
				AddSolutions(draft.Edges.Solutions...).SetDefaultSolution(draft.Edges.Solutions[0]).SaveX(ctx)
			sealed := keys.Seal([]byte(apiPassword), "integrations", "api_password", row.ID)
			row.Update().SetAPIPassword(sealed).SetAPIPasswordSetAt(now).ExecX(ctx)
			tx.SyncState.Create().SetIntegrationID(row.ID).SetWindowFrom(now.AddDate(-1, 0, 0)).SetBackfillBefore(now.AddDate(-1, 0, 0)).
				SetBackfillDoneAt(now).SetBackfillTotal(tickets / integrations).SetBackfillRead(tickets / integrations).
				SetWatermark(now).SetLastSyncAt(now.Add(-10 * time.Minute)).SetNextSyncAt(now).ExecX(ctx)
			stock.Integrations = append(stock.Integrations, row.ID)
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	if err := d.Close(); err != nil {
		b.Fatal(err)
	}
	databasetest.Fill(b, s.databaseURL(), stock)
}
