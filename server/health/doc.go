// Package health owns the judgement of how each integration fares, and what an administrator can do about it: a Report with
// its Problems, the alarms that are raised and cleared by them, and the figures that monitoring reads.
//
//	rows (integration, sync state, budget, quarantine, tallies, callback) ──► Judge ──► Report ──► subscribers, metrics
//	                                                                                      └──► alarms: raised, cleared
//
// Judge is pure. Service gathers its facts, for any number of integrations in the same number of statements, and repeats
// that while it runs: every half minute for the alarms, every other second while somebody watches. Several processes may
// do so beside each other: an alarm lasts once, which the database says.
//
// It refuses to call Reclame Aqui and to heal anything: the syncer tries again by itself, and a problem ends when its facts
// do. It knows no viewer: who may ask is package graph's. Callers: graph for reports and the subscription, app for Run and
// the collector. Nothing here, texts and labels included, carries a name, an e-mail address or a word of a complaint.
package health
