// Package seeded makes property tests repeatable: tests import it for its effect, which is that
// rapid begins with a fixed seed, so that a gate passes or fails for the change alone. Long runs
// (CITRUS_SOAK) look for what is new: their seeds are random. It holds nothing else, and only tests
// import it.
package seeded

import (
	"flag"
	"os"

	_ "pgregory.net/rapid" // registers the flag
)

func init() {
	if os.Getenv("CITRUS_SOAK") == "" {
		if err := flag.Set("rapid.seed", "20261122"); err != nil {
			panic(err)
		}
	}
}
