// Package archtest holds the tests of the house itself: which room may import
// which, how long a file may be, that docs generated from code match it.
//
// It has no code besides its tests; nothing imports it.
package archtest
