// Package inquiry owns what people here ask Reclame Aqui without changing anything there: links to the files of
// a thread, a company's reputation, the consumption of WhatsApp, companies by name.
//
// Every question is a call of the agents' lane, and those are scarce: an answer is kept in memory for as long as
// it is good, and whoever asks the same at the same time shares it. It refuses to ask what the mirror
// knows, and keeps no link longer than a minute, since Reclame Aqui's end. The contract's resolvers call it.
package inquiry
