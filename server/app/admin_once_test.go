package app

import (
	"fmt"
	"slices"
	"sync"
	"testing"
)

// atOnce does something many times at the same moment and gives what each came to.
func atOnce(n int, do func(i int) node) []node {
	out := make([]node, n)
	gate := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-gate
			out[i] = do(i)
		})
	}
	close(gate)
	all.Wait()
	return out
}

// secondAdmin makes another administrator and signs him in.
func (p *person) secondAdmin() *person {
	p.t.Helper()
	p.make("user", map[string]any{"email": "bruno@example.com", "name": "Bruno", "role": "ADMIN", "password": adminPassword})
	return signIn(p.t, p.base, "bruno@example.com", adminPassword)
}

// repeats is how often a mutation is sent at once.
const repeats = 50

// keyed is a mutation that is sent many times with one key.
type keyed struct {
	mutation, selection string
	input, other        map[string]any
	// done counts what the mutation has done so far.
	done func() int
}

// keyedMutations are one of every kind of verb.
func keyedMutations(admin *person) []keyed {
	audited := func(filter string) int {
		return admin.ask(`{ auditEntries(first: 1, `+filter+`) { totalCount } }`, nil).at("auditEntries", "totalCount").number()
	}
	edited, rotated := admin.draft("Loja Aurora"), admin.draft("Loja Boreal")
	step := func(name string) map[string]any {
		return map[string]any{"name": name, "channel": "RECLAME_AQUI", "kind": "RECLAME_AQUI"}
	}
	edit := func(password string) map[string]any {
		return map[string]any{"id": edited, "version": 1, "name": "Aurora", "apiPassword": password}
	}
	carla := map[string]any{"email": "carla@example.com", "name": "Carla", "role": "AGENT", "password": agentPassword}
	return []keyed{
		{
			"createRegion", "region { id name code version }",
			map[string]any{"name": "Sudeste"},
			map[string]any{"name": "Sul"},
			func() int { return audited(`subjectKind: REGION`) },
		},
		{"createIntegration", "integration { id name version callbackUrl }", step("Nova"), step("Outra"), func() int {
			return admin.ask(`{ integrations(first: 1) { totalCount } }`, nil).at("integrations", "totalCount").number()
		}},
		{
			"updateIntegration", "integration { id name version apiPasswordSetAt }", edit("one"), edit("two"),
			func() int { return audited(fmt.Sprintf(`subjectId: %q`, edited)) },
		},
		{
			"rotateCallbackUrl", "integration { id callbackUrl replacedCallbackUrls { endsAt } }",
			map[string]any{"id": rotated, "overlapHours": 5},
			map[string]any{"id": rotated, "overlapHours": 6},
			func() int { return len(admin.form(rotated).at("replacedCallbackUrls").list()) },
		},
		{"createUser", "user { id name version }", carla, addTo(carla, "password", agentPassword+"!"), func() int { return audited(`subjectKind: USER`) }},
	}
}

// A mutation that is sent again and again with one key is done once, and answered alike; with other input it is refused.
func TestOneKeyManyTimes(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, s settings) {
		_, admin := server(t, s)
		for _, c := range keyedMutations(admin) {
			t.Run(c.mutation, func(t *testing.T) { c.once(t, admin.on(t)) })
		}
		t.Run("two inputs under one key at once", func(t *testing.T) { twoInputs(t, admin.on(t)) })
		t.Run("a key of another administrator", func(t *testing.T) {
			bruno, once := admin.secondAdmin().on(t), key()
			a := admin.on(t).must("createRegion", map[string]any{"name": "Norte", "idempotencyKey": once}, "region { id }")
			b := bruno.must("createRegion", map[string]any{"name": "Nordeste", "idempotencyKey": once}, "region { id }")
			if a.String() == b.String() {
				t.Errorf("both got %s", a)
			}
			admin.on(t).refused("a long key", "createRegion", map[string]any{"name": "X", "idempotencyKey": fmt.Sprintf("%0201d", 1)}, "", "TOO_LONG at input.idempotencyKey")
		})
	})
}

func (c keyed) once(t *testing.T, admin *person) {
	once, before, times := key(), c.done(), repeats
	input := addTo(c.input, "idempotencyKey", once)
	if c.mutation == "createUser" && !soak() {
		times = 10 // each hashes the password, which is slow on purpose
	}
	out := atOnce(times, func(int) node { return admin.mutate(c.mutation, input, c.selection) })
	for i, o := range out {
		if len(refusals(o)) > 0 || o.String() != out[0].String() {
			t.Fatalf("answer %d is %s, the first one %s", i, o, out[0])
		}
	}
	admin.refused("other input under the key", c.mutation, addTo(c.other, "idempotencyKey", once), c.selection, "IDEMPOTENCY_KEY_REUSED at input.idempotencyKey")
	if again := admin.mutate(c.mutation, input, c.selection); again.String() != out[0].String() {
		t.Errorf("asked once more: %s, the first time %s", again, out[0])
	}
	if n := c.done() - before; n != 1 {
		t.Errorf("it was done %d times", n)
	}
}

// twoInputs: of two intentions under one key, whichever comes first is the key's.
func twoInputs(t *testing.T, admin *person) {
	once := key()
	out := atOnce(20, func(i int) node {
		return admin.mutate("createSector", map[string]any{"name": fmt.Sprintf("Setor %d", i%2), "idempotencyKey": once}, "sector { id }")
	})
	ids := map[string]bool{}
	for i, o := range out {
		switch said := refusals(o); {
		case len(said) == 0:
			ids[fmt.Sprint(i%2, o.at("sector", "id").text())] = true
		case !slices.Equal(said, []string{"IDEMPOTENCY_KEY_REUSED at input.idempotencyKey"}):
			t.Errorf("%v", said)
		}
	}
	if len(ids) != 1 {
		t.Errorf("made were %v, want one", ids)
	}
	if n := admin.ask(`{ sectors(first: 1) { totalCount } }`, nil).at("sectors", "totalCount").number(); n != 1 {
		t.Errorf("%d sectors", n)
	}
}

// Two administrators save what both of them saw: one wins, the other is shown the present state, and nothing is lost.
func TestTwoAdministratorsSaveAtOnce(t *testing.T) {
	t.Parallel()
	races := 30
	if soak() {
		races = 1000
	}
	eachDatabase(t, func(t *testing.T, s settings) {
		_, ana := server(t, s)
		bruno := ana.secondAdmin()
		both := []*person{ana, bruno}
		integration := raced{"updateIntegration", "integration", ana.draft("Loja"), [2]string{"companyName", "reclameAquiId"}, "id version name companyName reclameAquiId"}
		group := raced{"updateSyncGroup", "syncGroup", ana.make("syncGroup", map[string]any{"name": "Grupo"}), [2]string{"name", "code"}, "id version name code"}
		for i := range races {
			[]raced{integration, group}[i%2].race(t, both, i)
		}
	})
}

// raced is something that two administrators change at once, each another field of it.
type raced struct {
	mutation, entity, id string
	fields               [2]string
	selection            string
}

func (r raced) race(t *testing.T, both []*person, i int) {
	t.Helper()
	before := both[0].ask(`query($id: ID!) { node(id: $id) { ... on `+capital(r.entity)+` { `+r.selection+` } } }`, map[string]any{"id": r.id}).at("node")
	value := func(j int) string { return fmt.Sprintf("v%d-%d", i, j) }
	out := atOnce(len(both), func(j int) node {
		return both[j].mutate(r.mutation, map[string]any{"id": r.id, "version": before.at("version").number(), r.fields[j]: value(j)}, r.entity+" { "+r.selection+" }")
	})
	winner := slices.IndexFunc(out, func(o node) bool { return len(refusals(o)) == 0 })
	if winner < 0 {
		t.Fatalf("race %d: nobody won: %v", i, out)
	}
	loser := 1 - winner
	wants(t, fmt.Sprintf("race %d: the other", i), refusals(out[loser]), "CONFLICT at input.version")
	after := both[0].ask(`query($id: ID!) { node(id: $id) { ... on `+capital(r.entity)+` { `+r.selection+` } } }`, map[string]any{"id": r.id}).at("node")
	if after.at("version").number() != before.at("version").number()+1 || after.at(r.fields[winner]).text() != value(winner) ||
		after.at(r.fields[loser]).text() != before.at(r.fields[loser]).text() {
		t.Errorf("race %d: %s became %s, the winner wrote %s of %s", i, before, after, value(winner), r.fields[winner])
	}
	for j, o := range out {
		if got := o.at(r.entity).String(); got != after.String() {
			t.Errorf("race %d: administrator %d is shown %s, there is %s", i, j, got, after)
		}
	}
}
