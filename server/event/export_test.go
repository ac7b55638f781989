package event

// The lock of the sequencers, for a test that is one of them.
const (
	TakeTurn = takeTurn
	Turn     = turn
)
