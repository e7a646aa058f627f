// Package e2e drives the program itself, as its users and its operators do:
// over HTTP, on the command line, and with kill -9.
//
// It holds tests only. What one room can prove alone stays with that room.
package e2e
