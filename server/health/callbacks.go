package health

import "time"

// shareOver is the time over which announced and found changes are counted.
const shareOver = 7 * 24 * time.Hour

const (
	// silentEnough is how many changes in a row nobody announced before callbacks count as stopped: one may have been
	// a change that Reclame Aqui does not announce, as of its own counters.
	silentEnough = 3
	// quietEnough is how long no callback came at least: delays of some minutes are theirs by nature.
	quietEnough = time.Hour
)

// Callbacks is how the changes of an integration become known (rule C5).
type Callbacks struct {
	// LastAt is when Reclame Aqui last called, to the minute; nil when it never has.
	LastAt *time.Time
	// Announced and Found count the changes of the last seven days that a callback announced and that only asking brought up.
	Announced, Found int
	// Silent counts the changes found by asking since the last one that was announced.
	Silent int
}

// Share is the part of the changes that were announced, from 0 to 1; nil when there were none.
func (c Callbacks) Share() *float64 {
	all := c.Announced + c.Found
	if all == 0 {
		return nil
	}
	share := float64(c.Announced) / float64(all)
	return &share
}

// stopped: callbacks came before, and now changes are found that none of them announced.
func (c Callbacks) stopped(interval time.Duration, now time.Time) bool {
	return c.LastAt != nil && c.Silent >= silentEnough && now.Sub(*c.LastAt) > max(quietEnough, 2*interval)
}
