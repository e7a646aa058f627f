// Package browser does the work of every role in a real Chromium, from a
// citizen's matter to its closing, with the demo city and a clock that the tests
// move.
//
// It holds tests only.
package browser
