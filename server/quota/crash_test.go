package quota

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"citrus.cx/channel/server/database"
	"citrus.cx/channel/server/database/databasetest"
)

const (
	childURL    = "QUOTA_TEST_CHILD"
	crashWindow = 400 * time.Millisecond
	crashLimit  = 5
)

// TestChild is the process that TestKilled kills: it enters as fast as it may, says so on its
// output, and goes on when told to on its input.
func TestChild(t *testing.T) {
	url := os.Getenv(childURL)
	if url == "" {
		t.Skip("run by TestKilled alone")
	}
	b := New(databasetest.Open(t, url, database.Options{}), Options{DefaultLimit: crashLimit, Window: crashWindow, Margin: -1})
	for more := bufio.NewScanner(os.Stdin); ; more.Scan() {
		if err := b.Enter(context.Background(), credential, Agent); err != nil {
			t.Fatal(err)
		}
		fmt.Println("entered")
	}
}

// A process that is killed (no deferred function, no rollback of its own) leaves every call that
// it was granted in the row, and the next one keeps the limit. The clocks are the real ones: the
// database's on PostgreSQL.
func TestKilled(t *testing.T) {
	databasetest.EachURL(t, func(t *testing.T, url string) {
		d := databasetest.Open(t, url, database.Options{})
		var calls []time.Time
		entered := 0
		for _, kill := range []int{3, 7, 1, 6} {
			entered += runAndKill(t, url, kill, func() { calls = append(calls, recorded(d)...) })
		}
		slices.SortFunc(calls, time.Time.Compare)
		calls = slices.CompactFunc(calls, time.Time.Equal)
		if entered != 17 || len(calls) < entered {
			t.Errorf("%d calls are recorded, %d were made", len(calls), entered)
		}
		if i := overLimit(calls, crashLimit, crashWindow); i >= 0 {
			t.Errorf("call %d exceeds the limit: %v", i, calls)
		}
	})
}

// runAndKill runs a child until it has entered so often, lets it go on, and kills it there.
func runAndKill(t *testing.T, url string, kill int, look func()) (entered int) {
	child := exec.Command(os.Args[0], "-test.run=^TestChild$")
	child.Env = append(os.Environ(), childURL+"="+url)
	in, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer look()
	defer func() { _ = child.Wait() }() // it was killed: that is its error
	defer func() { _ = child.Process.Kill() }()
	for lines := bufio.NewScanner(out); entered < kill && lines.Scan(); {
		if lines.Text() != "entered" {
			t.Fatalf("the child says %q", lines.Text())
		}
		entered++
		look()
		fmt.Fprintln(in, "go on")
	}
	return entered
}
