package org

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"

	"github.com/mozillazg/go-pinyin"

	"huiyin/internal/text"
	"huiyin/internal/ticket"
)

// FindUnits lists the active units at and below one that answer to what
// somebody typed, the best first: by the beginning of the name, the short name
// or the code; by the beginning in pinyin, whole syllables and initials mixed
// as people type them; by any part; by any part in pinyin. Of a character with
// several readings each will do. Between equals those further up come first,
// then the shorter name. Within zero is the whole city; nothing typed finds
// all.
func (d *Directory) FindUnits(query string, within ticket.UnitID, limit int) []Unit {
	above, known := d.Unit(within)
	if within != 0 && !known {
		return nil
	}
	found := d.unitFinder().find(query, limit, func(i int) bool {
		return d.units[i].Active && strings.HasPrefix(d.units[i].Path, above.Path)
	})
	units := make([]Unit, len(found))
	for i, at := range found {
		units[i] = d.units[at]
	}
	return units
}

// FindCategories lists the active categories that answer to what somebody
// typed, found and ordered as FindUnits does.
func (d *Directory) FindCategories(query string, limit int) []Category {
	found := d.categoryFinder().find(query, limit, func(i int) bool { return d.categories[i].Active })
	categories := make([]Category, len(found))
	for i, at := range found {
		categories[i] = d.categories[at]
	}
	return categories
}

// unitIndex makes the index of FindUnits.
func (d *Directory) unitIndex() *finder {
	f := newFinder()
	for _, u := range d.units {
		f.add(u.Path, u.Code, u.Name, u.Short)
	}
	return f
}

// categoryIndex makes the index of FindCategories.
func (d *Directory) categoryIndex() *finder {
	f := newFinder()
	for _, c := range d.categories {
		f.add(c.Path, c.Code, c.Name)
	}
	return f
}

// finder is an index of things with names. It is read only once it is made.
type finder struct {
	things []thing
	cells  map[rune]*cell // of the characters met so far
}

// thing is something that can be found, at the same place as in its list.
type thing struct {
	code  string
	names []spelled
	depth int
}

// spelled is a name that is ready to be found.
type spelled struct {
	text  string // folded
	cells []*cell
	heads []uint32 // of the cells, side by side: most places are ruled out by them
}

// cell is a character and what may be typed for it.
type cell struct {
	sign  string
	sound []string // readings without tones, and their initials
	head  uint32   // first letters of what may be typed, a bit each
}

// head is the bit of a first letter; what begins with another byte shares the
// six that are left.
func head(first byte) uint32 {
	if first < 'a' || first > 'z' {
		return 1 << (26 + first%6)
	}
	return 1 << (first - 'a')
}

func newFinder() *finder { return &finder{cells: make(map[rune]*cell)} }

func (f *finder) add(path, code string, names ...string) {
	t := thing{code: code, depth: depth(path)}
	for i, name := range names {
		if !slices.Contains(names[:i], name) {
			t.names = append(t.names, f.spell(name))
		}
	}
	f.things = append(f.things, t)
}

func (f *finder) spell(name string) spelled {
	s := spelled{text: typed(name)}
	for _, r := range s.text {
		c, ok := f.cells[r]
		if !ok {
			c = newCell(r)
			f.cells[r] = c
		}
		s.cells, s.heads = append(s.cells, c), append(s.heads, c.head)
	}
	return s
}

func newCell(r rune) *cell {
	c := &cell{sign: string(r), sound: sounds(r)}
	c.head = head(c.sign[0])
	for _, s := range c.sound {
		c.head |= head(s[0])
	}
	return c
}

// sounds lists what is typed for a character in pinyin: every reading, its
// first letter, and zh, ch or sh.
func sounds(r rune) []string {
	all := pinyin.SinglePinyin(r, pinyin.Args{Style: pinyin.Normal, Heteronym: true})
	for _, reading := range all {
		all = append(all, reading[:1])
		if strings.HasPrefix(reading[1:], "h") {
			all = append(all, reading[:2])
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// typed is text as the index holds it: folded, without blanks.
func typed(s string) string { return strings.Join(strings.Fields(text.Fold(s)), "") }

// maxTyped bounds what is looked for in pinyin, in bytes; spells needs a bit
// for each and one more.
const maxTyped = 63

// find lists the places of the best things that pass.
func (f *finder) find(query string, limit int, pass func(int) bool) []int {
	query = typed(query)
	type hit struct{ at, rank int }
	var hits []hit
	for i := range f.things {
		if !pass(i) {
			continue
		}
		if rank := f.things[i].rank(query); rank < unlike {
			hits = append(hits, hit{i, rank})
		}
	}
	slices.SortFunc(hits, func(a, b hit) int {
		x, y := &f.things[a.at], &f.things[b.at]
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(x.depth, y.depth), cmp.Compare(len(x.names[0].cells), len(y.names[0].cells)), cmp.Compare(a.at, b.at))
	})
	places := make([]int, min(max(limit, 0), len(hits)))
	for i := range places {
		places[i] = hits[i].at
	}
	return places
}

// How well a thing answers, the best first.
const (
	begins = iota
	beginsSpelled
	contains
	containsSpelled
	unlike
)

func (t *thing) rank(query string) int {
	best := unlike
	switch {
	case strings.HasPrefix(t.code, query):
		return begins
	case strings.Contains(t.code, query):
		best = contains
	}
	for i := range t.names {
		best = min(best, t.names[i].rank(query))
	}
	return best
}

func (s *spelled) rank(query string) int {
	switch {
	case strings.HasPrefix(s.text, query):
		return begins
	case s.spelledAt(0, query):
		return beginsSpelled
	case strings.Contains(s.text, query):
		return contains
	}
	for i := 1; i < len(s.cells); i++ {
		if s.spelledAt(i, query) {
			return containsSpelled
		}
	}
	return unlike
}

func (s *spelled) spelledAt(i int, query string) bool {
	return i < len(s.heads) && s.heads[i]&head(query[0]) != 0 && spells(s.cells[i:], query)
}

// spells reports whether query is what is typed for the first of the
// characters, the last of them perhaps not to its end. It walks all ways of
// cutting the query at once: a bit stands for a place up to which it is read.
func spells(cells []*cell, query string) bool {
	if len(query) > maxTyped {
		return false
	}
	for at := uint64(1); len(cells) > 0 && at != 0; cells = cells[1:] {
		var next uint64
		for ; at != 0; at &= at - 1 {
			from := bits.TrailingZeros64(at)
			to, done := cells[0].read(query[from:])
			if done {
				return true
			}
			next |= to << from
		}
		at = next
	}
	return false
}

// read returns, as bits, how far the character can be read from the front of
// what is typed, or that it takes all of it.
func (c *cell) read(typed string) (to uint64, done bool) {
	if strings.HasPrefix(typed, c.sign) {
		to |= 1 << len(c.sign)
		done = len(typed) == len(c.sign)
	}
	for _, s := range c.sound {
		switch {
		case strings.HasPrefix(s, typed):
			return 0, true
		case strings.HasPrefix(typed, s):
			to |= 1 << len(s)
		}
	}
	return to, done
}
