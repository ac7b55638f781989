package schema_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"citrus.cx/channel/ent/schema"
)

func TestCallLog(t *testing.T) {
	noon := time.Date(2026, 11, 2, 12, 0, 0, 1000, time.UTC)
	for _, log := range []schema.CallLog{
		{Calls: []schema.Calls{}},
		{Passed: []int{0, 0, 1, 4}, Calls: []schema.Calls{{At: noon, N: 1}}},
		{Agent: noon, Run: 3, Calls: []schema.Calls{{At: noon.Add(-time.Minute), N: 1}, {At: noon, N: 7}, {At: noon.Add(-time.Second), N: 2}}},
	} {
		raw, err := json.Marshal(log)
		if err != nil {
			t.Fatal(err)
		}
		var got schema.CallLog
		if err := json.Unmarshal(raw, &got); err != nil || !reflect.DeepEqual(got, log) {
			t.Errorf("%s gives %+v, %v; want %+v", raw, got, err, log)
		}
	}
	var old schema.CallLog
	if err := json.Unmarshal([]byte(`["2026-11-02T12:00:00.000001Z","2026-11-02T09:00:01-03:00"]`), &old); err != nil ||
		!reflect.DeepEqual(old, schema.CallLog{Calls: []schema.Calls{{At: noon, N: 1}, {At: noon.Add(time.Second - time.Microsecond), N: 1}}}) {
		t.Errorf("the older form gives %+v, %v", old, err)
	}
	for _, broken := range []string{`{"passed":7,"calls":[]}`, `{"calls":[1]}`, `{"calls":["x"]}`, `[1]`, `7`} {
		if err := json.Unmarshal([]byte(broken), &old); err == nil {
			t.Errorf("%s was read", broken)
		}
	}
}
