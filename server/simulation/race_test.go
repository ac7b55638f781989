//go:build race

package simulation

// racing says that the race detector is on, which costs several times the work.
const racing = true
