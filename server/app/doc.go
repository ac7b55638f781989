// Package app owns the process: the command line, configuration, wiring, routes, start and
// ordered shutdown, and the demo. It knows every package and nobody knows it; it holds no rule
// of the product. Command server and the end-to-end tests call Main.
package app
