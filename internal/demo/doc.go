// Package demo is a city to try the platform on: its divisions are those of a
// real city, everything else is made up. It holds the units, the people, the
// tree of matters, the dispatch catalogue and some citizens' messages, all of
// them the same on every machine.
//
// What may not enter: anything that a real city would need too (that is in
// org.Defaults), passwords, and whatever works on tickets.
package demo
