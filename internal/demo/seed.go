package demo

import (
	"embed"
	"encoding/csv"
	"fmt"
)

// seeds are the tables that the city is made from:
//
//	areas.csv       divisions: code, name, code of the one above
//	outlines.geojson borders of the counties, to about 250 m
//	counties.csv    a word for each county, used in logins
//	units.csv       units of the city, and the pattern for those of a county;
//	                {} is the county's name, {s} the same without 区, 县 or 市
//	categories.csv  the tree of matters
//	catalogue.csv   category → unit of the city, unit of each county, whether
//	                townships answer, co-handlers, legal basis
//	messages.csv    what people wrote and what they were answered
//
//go:embed seed/*.csv seed/outlines.geojson
var seeds embed.FS

// table reads a seed without its header line.
func table(name string) ([][]string, error) {
	f, err := seeds.Open("seed/" + name + ".csv")
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("demo: %s: %w", name, err)
	}
	return lines[1:], nil
}
