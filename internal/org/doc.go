// Package org is the city as data: its units and people, who may see what,
// the dispatch catalogue, the limits, the code tables, the working calendar.
// Nothing about a city is compiled in; all of it stands in tables that an
// administrator edits, and is read through a Directory, an immutable snapshot.
//
// What may not enter: tickets and what becomes of them (ticket, casework),
// passwords and sessions (auth), how days are counted (worktime).
//
// # The tree of units
//
// The root is the city center. Under it stand the county centers, the city's
// departments and its public utilities; under each county center its county's
// departments, utilities and townships. Path spells the way down, as /1/4/17/,
// so that a part of the tree is a range of paths.
package org
