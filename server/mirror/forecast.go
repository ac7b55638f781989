package mirror

import (
	"math"
	"time"
)

// Sample is how many calls a first sync had used at a moment.
type Sample struct {
	At    time.Time
	Calls int
}

const (
	// lately is how far back the pace looks: beyond it the lane may have been shared with others.
	lately = 10 * time.Minute
	// settled is how long it must have been seen: Reclame Aqui counts calls by the minute, so that after a rest a
	// minute's calls go in one burst, and none for the rest of it.
	settled = time.Minute
	// still is how long after its last call a first sync does not move, as while Reclame Aqui is away.
	still = 5 * time.Minute
)

// eta is when a first sync will be done that still needs so many calls: nil while it has not been seen for long
// enough, and when it does not move. It is counted from its last call on and by the pace up to that, so that it stays
// where it is until the next one; only one that is overdue moves it.
func eta(samples []Sample, began, now Sample, left int) *time.Time {
	first, last := between(samples, began, now)
	took, calls, idle := last.At.Sub(first.At), last.Calls-first.Calls, now.At.Sub(last.At)
	if took < settled && idle < still { // too short from call to call: up to now
		last.At, took, idle = now.At, now.At.Sub(first.At), 0
	}
	if took < settled || calls < 1 || idle >= still {
		return nil
	}
	if late := idle - max(settled, 2*took/time.Duration(calls)); late > 0 {
		last.At, took = last.At.Add(late), took+late
	}
	seconds := math.Ceil(float64(left) * took.Seconds() / float64(calls))
	at := last.At.Add(time.Duration(seconds) * time.Second)
	if at.Before(now.At) {
		at = now.At
	}
	return &at
}

// between are the two moments that the pace is measured between: the last call, as far as it was seen, and the oldest
// of lately, or the beginning while that is too near.
func between(samples []Sample, began, now Sample) (first, last Sample) {
	first, last = began, now
	if n := len(samples); n > 0 && samples[n-1].Calls == now.Calls {
		samples, last = samples[:n-1], samples[n-1]
	}
	for _, s := range samples {
		if last.At.Sub(s.At) > lately {
			continue
		}
		if last.At.Sub(s.At) >= settled {
			first = s
		}
		break
	}
	return first, last
}
