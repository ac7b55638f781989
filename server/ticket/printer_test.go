package ticket

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"citrus.cx/channel/server/reclameaqui"
)

// printer makes complaints of the example of Reclame Aqui's documentation, one that was just made and one with a
// thread of seven in turn, each with numbers, a consumer and times of its own.
type printer struct {
	forms []json.RawMessage
	next  int
}

func newPrinter(t testing.TB, first int) *printer {
	t.Helper()
	example, err := os.ReadFile("../reclameaqui/testdata/ticket-example.json")
	if err != nil {
		t.Fatal(err)
	}
	var envelope struct{ Data []json.RawMessage }
	if err := json.Unmarshal(example, &envelope); err != nil {
		t.Fatal(err)
	}
	return &printer{forms: envelope.Data, next: first}
}

type object = map[string]any

// page is 50 complaints that nobody has seen.
func (p *printer) page(t testing.TB) []reclameaqui.Complaint {
	t.Helper()
	list := make([]reclameaqui.Complaint, 50)
	for i := range list {
		p.next++
		list[i] = p.print(t, p.next)
	}
	return list
}

// print makes the n-th complaint. Consecutive ones are two minutes apart, in the order of the backfill.
func (p *printer) print(t testing.TB, n int) reclameaqui.Complaint {
	t.Helper()
	var c object
	if err := json.Unmarshal(p.forms[n%len(p.forms)], &c); err != nil {
		t.Fatal(err)
	}
	at := noon.Add(-time.Duration(n) * 2 * time.Minute).Format("2006-01-02T15:04:05.000Z")
	c["id"], c["source_external_id"] = 10_000_000+n, fmt.Sprint(110_000_000+n)
	c["creation_date"], c["insertion_date"], c["last_modification_date"] = at, at, at
	customer := c["customer"].(object)
	customer["id"], customer["name"] = 80_000_000+n, fmt.Sprintf("Consumidora Exemplo %d", n)
	customer["email"], customer["cpf"] = []string{fmt.Sprintf("consumidora%d@example.com", n)}, []string{cpf(int64(n))}
	number := n * 100
	serial := func(of any, key string) {
		number++
		of.(object)[key] = fmt.Sprint(600_000_000 + number)
	}
	for _, in := range c["interactions"].([]any) {
		serial(in, "ticket_interaction_id")
		in.(object)["creation_date"] = at
		for _, d := range in.(object)["details"].([]any) {
			serial(d, "ticket_detail_id")
		}
	}
	for _, a := range c["attached"].([]any) {
		serial(a, "id")
	}
	return reread(t, c)
}

// replied is a complaint with one interaction more.
func replied(t testing.TB, old reclameaqui.Complaint) reclameaqui.Complaint {
	t.Helper()
	var c object
	if err := json.Unmarshal(old.Raw, &c); err != nil {
		t.Fatal(err)
	}
	at := noon.Format("2006-01-02T15:04:05.000Z")
	c["last_modification_date"] = at
	c["interactions"] = append(c["interactions"].([]any), object{
		"ticket_interaction_id": fmt.Sprintf("9%d", old.ID), "ticket_interaction_type_id": 2, "ticket_interaction_name": "Resposta",
		"responsible_id": "31", "responsible_name": "Empresa Exemplo", "message": "Seu pedido foi enviado hoje.",
		"creation_date": at, "delivered": true, "details": []any{},
	})
	return reread(t, c)
}

func reread(t testing.TB, c object) reclameaqui.Complaint {
	t.Helper()
	raw, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	complaint, err := reclameaqui.ReadComplaint(raw)
	if err != nil {
		t.Fatal(err)
	}
	return complaint
}
