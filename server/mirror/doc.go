// Package mirror owns what an administrator does with the mirror and sees of it: a sync at once, the
// first sync paused, resumed and given up, quarantined complaints tried again, how far all of it has
// come and when it will be done, and the calls that a credential has left.
//
// It refuses to call Reclame Aqui, to plan and to bring anything in: its verbs write what is wanted
// into the rows that package syncer reads, and wake it. What is seen is read from rows too, so that it
// is the same in every process. Package graph calls it; package app makes it.
package mirror
