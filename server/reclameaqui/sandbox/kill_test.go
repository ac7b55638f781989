package sandbox

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// victimFile names the environment variable that makes the test program a sandbox to be killed, with its state file.
const victimFile = "SANDBOX_TEST_VICTIM"

// victim changes complaints for ever and prints each change after it was answered.
func victim(path string) {
	s, err := New(Config{Complaints: 10, StateFile: path})
	for n := 0; err == nil; n++ {
		var t *Ticket
		if t, err = s.CreateComplaint(NewComplaint{}); err == nil {
			t, err = s.CompanyReply(t.ID, fmt.Sprint("Resposta ", n))
		}
		if err == nil {
			fmt.Println(t.ID, len(t.Interactions))
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func TestKilledProcessLosesNothingAnswered(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ra.jsonl")
	want := map[int64]int{}
	for round := range 3 {
		process := exec.Command(os.Args[0])
		process.Env = append(os.Environ(), victimFile+"="+path)
		out, err := process.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := process.Start(); err != nil {
			t.Fatal(err)
		}
		answered := bufio.NewScanner(out)
		for n := 0; answered.Scan(); n++ {
			var id int64
			var interactions int
			if _, err := fmt.Sscan(answered.Text(), &id, &interactions); err == nil {
				want[id] = interactions
			}
			if n == 20+round {
				if err := process.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if process.Wait() == nil {
			t.Error("the process ended by itself")
		}
	}
	s, err := New(Config{StateFile: path})
	if err != nil {
		t.Fatal(err)
	}
	defer closeIt(t, s)
	if len(want) < 60 {
		t.Errorf("only %d complaints were answered in three rounds", len(want))
	}
	for id, n := range want {
		if k, err := s.Complaint(id); err != nil || len(k.Interactions) != n {
			t.Errorf("complaint %d was answered and is gone: %v", id, err)
		}
	}
}
