package org

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"huiyin/internal/db"
	"huiyin/internal/errs"
)

// Point is a place: longitude and latitude in degrees.
type Point [2]float64

// Outline is the border of an area, as rings of points; islands are rings of
// their own.
type Outline [][]Point

// maxPoints bounds an outline: pages carry it whole.
const maxPoints = 1500

// ReadOutlines reads the borders of areas from GeoJSON, a FeatureCollection of
// polygons. A feature is known by its id, its property code or adcode, or its
// name. Anything that cannot be used is Invalid; holes in polygons are left out.
func ReadOutlines(geojson []byte, areas []Area) (map[string]Outline, error) {
	var file struct {
		Type     string    `json:"type"`
		Features []feature `json:"features"`
	}
	if err := json.Unmarshal(geojson, &file); err != nil || file.Type != "FeatureCollection" {
		return nil, errs.InvalidField("file", "不是 GeoJSON 的 FeatureCollection")
	}
	known := make(map[string]Area, 2*len(areas))
	for _, a := range areas {
		known[a.Name] = a
	}
	for _, a := range areas {
		known[a.Code] = a
	}
	outlines := make(map[string]Outline, len(file.Features))
	for i := range file.Features {
		f := &file.Features[i]
		area, ok := f.area(known)
		if !ok {
			return nil, errs.InvalidField("file", fmt.Sprintf("第 %d 个区域在行政区划中没有：%s", i+1, f.Properties.Name))
		}
		o, err := f.outline()
		if err != nil {
			return nil, errs.InvalidField("file", area.Name+err.Error())
		}
		outlines[area.Code] = o
	}
	return outlines, nil
}

// feature is what is read of a feature.
type feature struct {
	ID         any `json:"id"`
	Properties struct {
		Name   string `json:"name"`
		Code   any    `json:"code"`
		Adcode any    `json:"adcode"`
	} `json:"properties"`
	Geometry struct {
		Type        string          `json:"type"`
		Coordinates json.RawMessage `json:"coordinates"`
	} `json:"geometry"`
}

// area finds the feature's among those known by code and by name.
func (f *feature) area(known map[string]Area) (Area, bool) {
	for _, key := range []any{f.ID, f.Properties.Code, f.Properties.Adcode, f.Properties.Name} {
		name := fmt.Sprint(key)
		if n, ok := key.(float64); ok {
			name = fmt.Sprintf("%.0f", n)
		}
		if a, ok := known[name]; ok {
			return a, true
		}
	}
	return Area{}, false
}

func (f *feature) outline() (Outline, error) {
	var polygons [][][]Point
	var err error
	switch f.Geometry.Type {
	case "Polygon":
		polygons = make([][][]Point, 1)
		err = json.Unmarshal(f.Geometry.Coordinates, &polygons[0])
	case "MultiPolygon":
		err = json.Unmarshal(f.Geometry.Coordinates, &polygons)
	default:
		return nil, errors.New("的图形不是多边形")
	}
	if err != nil {
		return nil, errors.New("的坐标无法识别")
	}
	var o Outline
	points := 0
	for _, rings := range polygons {
		if len(rings) > 0 && len(rings[0]) > 2 {
			o = append(o, rings[0])
			points += len(rings[0])
		}
	}
	switch {
	case points == 0:
		return nil, errors.New("没有边界")
	case points > maxPoints:
		return nil, fmt.Errorf("的边界有 %d 个点，请先简化到 %d 个以内", points, maxPoints)
	case slices.ContainsFunc(o, func(ring []Point) bool { return slices.ContainsFunc(ring, Point.nowhere) }):
		return nil, errors.New("的坐标不是经纬度")
	}
	return o, nil
}

// nowhere reports whether a point is not on the globe.
func (p Point) nowhere() bool { return p[0] < -180 || p[0] > 180 || p[1] < -90 || p[1] > 90 }

// SetOutlines replaces all outlines.
func SetOutlines(ctx context.Context, tx *db.Tx, outlines map[string]Outline) error {
	if err := Bump(ctx, tx); err != nil {
		return err
	}
	if err := exec(ctx, tx, "clear outlines", `DELETE FROM area_outline`); err != nil {
		return err
	}
	var rows [][]any
	for _, area := range slices.Sorted(maps.Keys(outlines)) {
		rings, err := json.Marshal(outlines[area])
		if err != nil {
			return fmt.Errorf("org: outline of %s: %w", area, err)
		}
		rows = append(rows, []any{area, string(rings)})
	}
	return insert(ctx, tx, "area_outline", "area rings", rows)
}

// areaOutline is a row.
type areaOutline struct {
	area  string
	rings Outline
}

func readOutlines(ctx context.Context, q db.Queryer) ([]areaOutline, error) {
	return collect(ctx, q, "outlines", `SELECT area, rings FROM area_outline`, func(rows *sql.Rows) (o areaOutline, err error) {
		var rings []byte
		if err := rows.Scan(&o.area, &rings); err != nil {
			return o, err
		}
		return o, json.Unmarshal(rings, &o.rings)
	})
}

// Outline returns the border of an area; nil if nobody has drawn it.
func (d *Directory) Outline(area string) Outline { return d.outlines[area] }
