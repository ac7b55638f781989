package app

import (
	"context"
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// asProduct in the environment makes the test binary be the product, so that a test can start it
// as a process of its own, and kill it.
const asProduct = "CITRUS_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asProduct) != "" {
		os.Exit(Main(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	if os.Getenv(asAudience) != "" {
		listen(os.Stdin, os.Stdout)
		return
	}
	code := m.Run()
	shared.close()
	web.CloseIdleConnections()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}
