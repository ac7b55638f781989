package sandbox

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// TestManyRepliesAtOnce is the load that a client's long run puts on a sandbox: the limit raised, chaos on, every reply
// repeated until it is known to be there. A consumer gets each reply once. With CITRUS_SOAK 10,000 of them, with a
// state file.
func TestManyRepliesAtOnce(t *testing.T) {
	complaints, workers := 300, 8
	cfg := Config{Rate: maxRate, Now: time.Now}
	if os.Getenv("CITRUS_SOAK") != "" {
		complaints, cfg.StateFile = 10_000, filepath.Join(t.TempDir(), "ra.jsonl")
	}
	cfg.Complaints = complaints
	w := open(t, cfg)
	w.signIn()
	w.settings("/chaos", `{"seed":1,"endpoints":{"any":{"dropBefore":0.05,"dropAfter":0.05,"error500":0.05,"limit429":0.05}}}`)
	var ids []int64
	for _, k := range w.s.Complaints(0) {
		if k.closedToCompany() == nil {
			ids = append(ids, k.ID)
		}
	}
	start, work := time.Now(), make(chan int64)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for id := range work {
				w.replyUntilSent(id, fmt.Sprintf("Resposta a %d", id))
			}
		})
	}
	for _, id := range ids {
		work <- id
	}
	close(work)
	wg.Wait()
	t.Logf("%d replies in %s, %d calls", len(ids), time.Since(start).Round(time.Millisecond), w.s.Overview().Calls)
	for _, id := range ids {
		k, err := w.s.Complaint(id)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, p := range k.Posts() {
			if p.By == "api" && p.Text == fmt.Sprintf("Resposta a %d", id) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("complaint %d got its reply %d times", id, n)
		}
	}
}

// replyUntilSent does as a careful client does: it reads before it writes again, and takes 40930 for success.
func (w *site) replyUntilSent(id int64, text string) {
	for {
		r, err := w.tryAPI("POST", "/ticket/v1/tickets/message/public", "application/json", fmt.Sprintf(`{"id":%d,"message":%q}`, id, text))
		if err == nil && (r.status == 200 || r.status == 409) {
			return
		}
		r, err = w.tryAPI("GET", fmt.Sprintf("/ticket/v1/tickets?id[eq]=%d", id), "", "")
		var page pageBody
		if err != nil || r.status != 200 || json.Unmarshal(r.body, &page) != nil || len(page.Data) != 1 {
			continue
		}
		for _, in := range page.Data[0].Interactions {
			if in.Message == text {
				return
			}
		}
	}
}
