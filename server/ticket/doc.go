// Package ticket owns tickets, customers and interactions: Merge brings what Reclame Aqui
// says into them, Record writes what somebody did here. It is the only writer of tickets
// and of their events, and convert.go is the only place where Reclame Aqui's words become ours.
//
// What changes is decided by pure functions (convert, merge, settle); the store applies it in
// one transaction a page: tickets, interactions, events, and whatever the caller adds to it
// (the syncer its watermark), so that a crash leaves all of it or nothing.
//
// It refuses to call Reclame Aqui and to know who may do what. The syncer and package
// outbound call it.
package ticket
