package org_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/errs"
	"huiyin/internal/org"
)

var twoAreas = []org.Area{{Code: "350102", Parent: "3501", Name: "甲区", Level: 2}, {Code: "350103", Parent: "3501", Name: "乙区", Level: 2}}

const geojson = `{"type":"FeatureCollection","features":[
	{"type":"Feature","properties":{"name":"甲区"},"geometry":{"type":"Polygon","coordinates":[[[119,26],[119.5,26],[119.5,26.5],[119,26]],[[119.1,26.1],[119.2,26.1],[119.2,26.2]]]}},
	{"type":"Feature","properties":{"adcode":350103},"geometry":{"type":"MultiPolygon","coordinates":[[[[118,26],[118.5,26],[118.5,26.5]]],[[[117,26],[117.5,26],[117.5,26.5]]]]}}]}`

func TestOutlines(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		outlines, err := org.ReadOutlines([]byte(geojson), twoAreas)
		if err != nil {
			t.Fatal(err)
		}
		err = d.Update(ctx, func(tx *db.Tx) error {
			if err := org.Defaults(ctx, tx); err != nil {
				return err
			}
			if err := org.InsertAreas(ctx, tx, twoAreas); err != nil {
				return err
			}
			return org.SetOutlines(ctx, tx, outlines)
		})
		if err != nil {
			t.Fatal(err)
		}
		dir, err := org.Load(ctx, d)
		if err != nil {
			t.Fatal(err)
		}
		want := org.Outline{{{118, 26}, {118.5, 26}, {118.5, 26.5}}, {{117, 26}, {117.5, 26}, {117.5, 26.5}}}
		if diff := cmp.Diff(want, dir.Outline("350103")); diff != "" {
			t.Error(diff)
		}
		if rings := dir.Outline("350102"); len(rings) != 1 || len(rings[0]) != 4 {
			t.Errorf("a hole is drawn: %v", rings)
		}
	})
}

func TestOutlinesRefused(t *testing.T) {
	t.Parallel()
	for name, change := range map[string][2]string{
		"an unknown area":        {`"甲区"`, `"丙区"`},
		"a line":                 {`"Polygon"`, `"LineString"`},
		"a place off the globe":  {`[119.5,26]`, `[219.5,26]`},
		"no collection":          {`"FeatureCollection"`, `"Feature"`},
		"coordinates of letters": {`[119.5,26]`, `"a"`},
		"no points":              {`[[[119,26],[119.5,26],[119.5,26.5],[119,26]],[[119.1,26.1],[119.2,26.1],[119.2,26.2]]]`, `[]`},
		"too many points":        {`[119.5,26.5],`, strings.Repeat(`[119.5,26.5],`, 2000)},
	} {
		_, err := org.ReadOutlines([]byte(strings.Replace(geojson, change[0], change[1], 1)), twoAreas)
		if !errs.Is(err, errs.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzReadOutlines(f *testing.F) {
	f.Add([]byte(geojson))
	f.Add([]byte(`{"type":"FeatureCollection","features":[{"id":{},"geometry":{"type":"Polygon","coordinates":[null]}}]}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		outlines, err := org.ReadOutlines(file, twoAreas)
		if err != nil && !errs.Is(err, errs.Invalid) {
			t.Error(err)
		}
		for area, o := range outlines {
			if len(o) == 0 {
				t.Errorf("%s has no ring", area)
			}
		}
	})
}
