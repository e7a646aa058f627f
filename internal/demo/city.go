package demo

import (
	"fmt"
	"strings"

	"huiyin/internal/org"
	"huiyin/internal/ticket"
)

// root is the code of the city among the divisions.
const root = "3501"

// City is the demo city before it is written anywhere.
type City struct {
	Areas      []org.Area
	Units      []org.Unit
	Accounts   []org.Account
	Categories []org.Category
	Entries    []org.Entry
	Outlines   map[string]org.Outline
}

// New makes the city.
func New() (*City, error) {
	c := &City{}
	for _, fill := range []func() error{c.fillAreas, c.fillUnits, c.fillAccounts, c.fillCategories, c.fillEntries} {
		if err := fill(); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (c *City) fillAreas() error {
	lines, err := table("areas")
	level := map[string]int{"": 0}
	for _, l := range lines {
		level[l[0]] = level[l[2]] + 1
		c.Areas = append(c.Areas, org.Area{Code: l[0], Name: l[1], Parent: l[2], Level: level[l[0]]})
	}
	if err != nil {
		return err
	}
	file, err := seeds.ReadFile("seed/outlines.geojson")
	if err != nil {
		return err
	}
	c.Outlines, err = org.ReadOutlines(file, c.Areas)
	return err
}

// below lists the areas right under one.
func (c *City) below(code string) []org.Area {
	var out []org.Area
	for _, a := range c.Areas {
		if a.Parent == code {
			out = append(out, a)
		}
	}
	return out
}

// add puts a unit under another one and gives it the next id.
func (c *City) add(parent ticket.UnitID, u org.Unit) ticket.UnitID {
	u.ID, u.Parent, u.Active = ticket.UnitID(len(c.Units)+1), parent, true
	above := "/"
	if parent != 0 {
		above = c.Units[parent-1].Path
	}
	u.Path = fmt.Sprintf("%s%d/", above, u.ID)
	c.Units = append(c.Units, u)
	return u.ID
}

// pattern is a line of units.csv.
type pattern struct{ scope, slug, name, short, kind string }

// fillUnits makes 1,341 units, as many as the city of the mission has: the
// city center is 1, the county centers follow, then the city's own units, then
// county by county its units and its townships.
func (c *City) fillUnits() error {
	lines, err := table("units")
	if err != nil {
		return err
	}
	patterns := make([]pattern, len(lines))
	for i, l := range lines {
		patterns[i] = pattern{l[0], l[1], l[2], l[3], l[4]}
	}
	city := c.add(0, org.Unit{
		Code: "center", Name: "市12345智慧中心", Short: "市智慧中心",
		Level: org.CityLevel, Kind: org.Center, Area: root,
	})
	counties := c.below(root)
	centers := make([]ticket.UnitID, len(counties))
	for i, county := range counties {
		name := county.Name + "智慧中心"
		centers[i] = c.add(city, org.Unit{
			Code: county.Code + "-center", Name: name, Short: name,
			Level: org.CountyLevel, Kind: org.Center, Area: county.Code,
		})
	}
	for _, p := range patterns {
		if p.scope == "city" {
			c.add(city, org.Unit{
				Code: "city-" + p.slug, Name: p.name, Short: p.short,
				Level: org.CityLevel, Kind: org.UnitKind(p.kind), Area: root,
			})
		}
	}
	for i, county := range counties {
		c.fillCounty(county, centers[i], patterns)
	}
	return nil
}

func (c *City) fillCounty(county org.Area, center ticket.UnitID, patterns []pattern) {
	sort := "rural"
	if strings.HasSuffix(county.Name, "区") {
		sort = "urban"
	}
	stem := strings.TrimRight(county.Name, "区县市")
	named := strings.NewReplacer("{}", county.Name, "{s}", stem)
	for _, p := range patterns {
		if p.scope == "both" || p.scope == sort {
			c.add(center, org.Unit{
				Code: county.Code + "-" + p.slug, Name: named.Replace(p.name), Short: named.Replace(p.short),
				Level: org.CountyLevel, Kind: org.UnitKind(p.kind), Area: county.Code,
			})
		}
	}
	for _, t := range c.below(county.Code) {
		c.add(center, org.Unit{
			Code: t.Code, Name: county.Name + t.Name + office(t.Name), Short: t.Name,
			Level: org.TownshipLevel, Kind: org.Township, Area: t.Code,
		})
	}
}

// office is what the government of a township is called.
func office(name string) string {
	switch {
	case strings.HasSuffix(name, "街道"):
		return "办事处"
	case strings.HasSuffix(name, "镇"), strings.HasSuffix(name, "乡"):
		return "人民政府"
	}
	return "管理委员会"
}
