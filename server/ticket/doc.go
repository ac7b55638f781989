// Package ticket owns tickets, customers and interactions: Merge brings what Reclame Aqui
// says into them, Record writes what somebody did here. It is the only writer of tickets
// and of their events. convert.go, with the files for the parts of a complaint (thread, file, detail,
// fact, strange, person), is the only place where Reclame Aqui's words become ours.
//
// What changes is decided by pure functions (convert, merge, learn, settle); the store applies it in
// one transaction a page: tickets, interactions, customers, events, and whatever the caller adds to it
// (the syncer its watermark), so that a crash leaves all of it or nothing.
//
// What Reclame Aqui stops showing is not taken away here: an interaction or an attachment that was there has been
// read, and perhaps answered; of a complaint it is noted since when. A text that it changes is changed, with the old one in the history.
//
// It refuses to call Reclame Aqui and to know who may do what. The syncer and package
// outbound call it.
package ticket
