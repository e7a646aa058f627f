// Package schema holds the one set of migration files, in order, for both
// engines. Each file belongs to the room whose rows it makes; what differs
// between the engines is a token that package db replaces.
//
// What may not enter: anything but files that have run somewhere are changed
// no more; a change is a new file.
package schema

import "embed"

// Files are the migrations.
//
//go:embed *.sql
var Files embed.FS
