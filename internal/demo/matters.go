package demo

import (
	"fmt"
	"strings"

	"huiyin/internal/org"
	"huiyin/internal/ticket"
)

func (c *City) fillCategories() error {
	lines, err := table("categories")
	known := make(map[string]org.Category, len(lines))
	for _, l := range lines {
		above := known[l[1]]
		path := "/"
		if l[1] != "" {
			path = above.Path
		}
		known[l[0]] = org.Category{Code: l[0], Parent: l[1], Name: l[2], Path: path + l[0] + "/", Level: above.Level + 1, Active: true}
		c.Categories = append(c.Categories, known[l[0]])
	}
	return err
}

// fillEntries spreads each line of the seed over the whole city, the counties
// and, where townships answer, the townships. A category without a line has
// that of the one above it.
func (c *City) fillEntries() error {
	lines, err := table("catalogue")
	if err != nil {
		return err
	}
	units := make(map[string]ticket.UnitID, len(c.Units))
	for _, u := range c.Units {
		units[u.Code] = u.ID
	}
	counties := c.below(root)
	for _, l := range lines {
		category, city, county, townships, helpers, basis := l[0], l[1], l[2], l[3] != "", strings.Fields(l[4]), l[5]
		put := func(area, lead, prefix string, with []string) error {
			e := org.Entry{ID: int64(len(c.Entries) + 1), Category: category, Area: area, Lead: units[lead], LegalBasis: basis}
			for _, slug := range with {
				e.CoHandlers = append(e.CoHandlers, units[prefix+slug])
			}
			for _, unit := range append(e.CoHandlers, e.Lead) {
				if unit == 0 {
					return fmt.Errorf("demo: catalogue %s in %q: no such unit: %s %v", category, area, lead, with)
				}
			}
			c.Entries = append(c.Entries, e)
			return nil
		}
		if err := put("", "city-"+city, "city-", helpers); err != nil {
			return err
		}
		if county == "" {
			continue
		}
		for _, a := range counties {
			prefix := a.Code + "-"
			if err := put(a.Code, prefix+county, prefix, helpers); err != nil {
				return err
			}
			if !townships {
				continue
			}
			for _, t := range c.below(a.Code) {
				if err := put(t.Code, t.Code, prefix, append([]string{county}, helpers...)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
