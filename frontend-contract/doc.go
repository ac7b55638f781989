// Package contract owns what the front-end team takes from here: the GraphQL documents of the
// screens (operations), a guide from sign-in to a live list (README.md), an example that runs
// (examples), a live list in each client that an app may have (clients), and the GraphiQL console (console).
//
// It refuses to hold anything that the server needs to run: this package has no code but its tests,
// which validate every document against schema.graphql, run every one against the server, and let
// stock clients follow the live stream. The schema itself is the file at the top.
package contract
