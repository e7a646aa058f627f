package org

import (
	"cmp"
	"slices"
	"strings"

	"huiyin/internal/ticket"
)

// place is a category in an area.
type place struct{ category, area string }

// putEntries indexes the catalogue. What would propose a unit that gets no
// tickets is left out; in a place, the entry that is tried first comes first.
func (d *Directory) putEntries(entries []Entry) {
	slices.SortFunc(entries, func(a, b Entry) int { return cmp.Compare(a.ID, b.ID) })
	d.entries = entries
	d.catalogue = make(map[place][]Entry, len(entries))
	inactive := func(id ticket.UnitID) bool {
		u, _ := d.Unit(id)
		return !u.Active
	}
	for _, e := range entries {
		if inactive(e.Lead) {
			continue
		}
		if slices.ContainsFunc(e.CoHandlers, inactive) {
			e.CoHandlers = slices.DeleteFunc(slices.Clone(e.CoHandlers), inactive)
		}
		at := place{e.Category, e.Area}
		d.catalogue[at] = append(d.catalogue[at], e)
	}
	for _, list := range d.catalogue {
		slices.SortFunc(list, func(a, b Entry) int {
			return cmp.Or(strings.Compare(b.ValidFrom, a.ValidFrom), cmp.Compare(b.ID, a.ID))
		})
	}
}

// Entries lists the whole catalogue by id.
func (d *Directory) Entries() []Entry { return d.entries }

// Propose returns who answers for a category in an area on a local day. The
// category decides before the area: first the category itself is looked for
// in the area, then in the areas above it, at last in the whole city; then
// the category above it, in the same order. So a line for 地铁 that names one
// company for the whole city is not undone by a county's line for all of
// 公共交通. Of several valid lines at one place, the one that came into force
// last wins, then the one with the highest id. Without a day, only lines that
// have no end are considered. False: the catalogue says nothing.
func (d *Directory) Propose(category, area, day string) (Entry, bool) {
	for c, ok := d.Category(category); ok; c, ok = d.Category(c.Parent) {
		for a, in := d.Area(area); in; a, in = d.Area(a.Parent) {
			if e, found := d.entry(place{c.Code, a.Code}, day); found {
				return e, true
			}
		}
		if e, found := d.entry(place{c.Code, ""}, day); found {
			return e, true
		}
	}
	return Entry{}, false
}

func (d *Directory) entry(at place, day string) (Entry, bool) {
	for _, e := range d.catalogue[at] {
		if holds(e.ValidFrom, e.ValidTo, day) {
			return e, true
		}
	}
	return Entry{}, false
}

// holds reports whether the day lies in a validity, both ends included.
// Without a day, what has no end holds.
func holds(from, to, day string) bool {
	if day == "" {
		return to == ""
	}
	return from <= day && (to == "" || day <= to)
}
