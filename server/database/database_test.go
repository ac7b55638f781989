package database_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"citrus.cx/channel/ent/db"
	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
)

func region(c *db.RegionClient, name string) *db.RegionCreate {
	return c.Create().SetName(name).SetNameFolded(name).SetCode(name).SetCodeFolded(name)
}

func TestReaderCannotWrite(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		ctx := context.Background()
		if err := region(d.Reader.Region, "sul").Exec(ctx); err == nil {
			t.Fatal("the reader wrote a row")
		}
		if n := d.Writer.Region.Query().CountX(ctx); n != 0 {
			t.Fatalf("%d rows are there", n)
		}
	})
}

func TestWriteRollsBack(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		ctx := context.Background()
		broken := errors.New("broken")
		err := d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			region(tx.Region, "norte").ExecX(ctx)
			return broken
		})
		if !errors.Is(err, broken) {
			t.Fatalf("got %v", err)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			_ = d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
				region(tx.Region, "norte").ExecX(ctx)
				panic("broken")
			})
		}()
		if n := d.Reader.Region.Query().CountX(ctx); n != 0 {
			t.Fatalf("%d rows survived a rollback", n)
		}
	})
}

func TestUniqueAndTimes(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, d *database.DB) {
		ctx := context.Background()
		at := time.Date(2026, 3, 2, 12, 18, 30, 123456000, time.FixedZone("BRT", -3*3600)).UTC()
		region(d.Writer.Region, "leste").SetArchivedAt(at).ExecX(ctx)
		if err := region(d.Writer.Region, "leste").Exec(ctx); !database.IsUnique(err) {
			t.Fatalf("a second row of the same name gave %v", err)
		}
		got := d.Reader.Region.Query().OnlyX(ctx).ArchivedAt
		if !got.Equal(at) || got.Location() != time.UTC && got.Format(time.RFC3339Nano) != at.Format(time.RFC3339Nano) {
			t.Fatalf("wrote %v, read %v", at, got)
		}
	})
}

func TestMigrateTwiceDoesNothing(t *testing.T) {
	databasetest.EachURL(t, func(t *testing.T, url string) {
		ran, err := database.Migrate(context.Background(), url)
		if err != nil || len(ran) != 0 {
			t.Fatalf("ran %v, %v", ran, err)
		}
	})
}

// What a process listens to on PostgreSQL: everything since it began to hear, until its connection is lost.
func TestListen(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	d := databasetest.Open(t, databasetest.Postgres(t), database.Options{})
	heard, ended := make(chan struct{}), make(chan error, 1)
	listen := func(ctx context.Context) { ended <- d.Listen(ctx, `a "channel"`, func(string) { heard <- struct{}{} }) }
	say := func(statement string) {
		if _, err := d.Writer.ExecContext(ctx, statement); err != nil {
			t.Fatal(err)
		}
	}
	wait := func() {
		select {
		case <-heard:
		case err := <-ended:
			t.Fatal(err)
		}
	}
	listening, stop := context.WithCancel(ctx)
	go listen(listening)
	wait() // at the beginning
	for range 3 {
		say(`NOTIFY "a ""channel"""`)
		wait()
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("stopped, it says %v", err)
	}
	go listen(ctx)
	wait()
	say("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'")
	if err := <-ended; err == nil || ctx.Err() != nil {
		t.Errorf("cut off, it says %v", err)
	}
}

func TestListenWaitsWhereNobodySpeaks(t *testing.T) {
	d := databasetest.Open(t, databasetest.SQLite(t), database.Options{})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := d.Listen(ctx, "channel", func(string) { t.Error("something was heard") }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestOpenRefusesOtherURLs(t *testing.T) {
	for _, url := range []string{"", "mysql://x", "sqlite:", "sqlite:a?b", "postgres://%zz"} {
		if d, err := database.Open(context.Background(), url, database.Options{}); err == nil {
			d.Close()
			t.Errorf("%q was opened", url)
		}
	}
}
