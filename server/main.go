// Command server is the API backend of the Reclame Aqui channel; see package app.
package main

import (
	"context"
	"os"

	"citrus.cx/channel/server/app"
)

func main() {
	os.Exit(app.Main(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
