// Package integration owns the configuration of the channel: drafts, what they lack, the
// cascade of defaults, activation and pause, the callback's address, and the account at
// Reclame Aqui that an integration speaks through (credentials, call budget, token).
//
// An integration goes DRAFT → ACTIVE ⇄ PAUSED → ARCHIVED, and back from ARCHIVED to DRAFT.
// Every verb is an administrator's. The contract's mutations call the verbs; the syncer and
// package outbound call Client and Defaults. It refuses to sync and to post.
package integration
