package portal

import (
	"math"
	"strconv"
	"strings"

	"huiyin/internal/figures"
	"huiyin/internal/org"
)

// cityMap is the city's counties, darker where more was received.
type cityMap struct {
	Width, Height int
	Counties      []countyShape
}

// countyShape is a county as it is drawn.
type countyShape struct {
	Name, Href string
	Received   int64
	Path       string // of SVG
	Shade      int    // 1 to 5; 0: nothing was received
	X, Y       int    // where the name stands
	Named      bool   // there is room for the name
}

// mapWidth is the width of the map in its own units; shades is how many there are.
const (
	mapWidth = 400
	shades   = 5
)

// drawMap draws the counties that have outlines, degrees of longitude
// shortened as they are in the middle of the city.
func drawMap(city *org.Directory, cuts figures.Cuts) cityMap {
	most := int64(1)
	box := emptyBox()
	var areas []org.Area
	for _, a := range city.Areas() {
		if a.Level == 2 && city.Outline(a.Code) != nil {
			areas = append(areas, a)
			most = max(most, cuts.Of(figures.County, a.Code).Received)
			box.add(city.Outline(a.Code))
		}
	}
	if len(areas) == 0 {
		return cityMap{}
	}
	place := box.projection()
	m := cityMap{Width: mapWidth, Height: int(place(org.Point{box.east, box.south})[1])}
	for _, a := range areas {
		outline := city.Outline(a.Code)
		n := cuts.Of(figures.County, a.Code).Received
		s := countyShape{Name: a.Name, Href: "/published?area=" + a.Code, Received: n, Path: path(outline, place)}
		s.Shade = int((n*shades + most - 1) / most)
		middle, size := centre(outline)
		middle = place(middle)
		s.X, s.Y = int(middle[0]), int(middle[1])
		s.Named = size > nameShare*(box.east-box.west)*(box.north-box.south)
		m.Counties = append(m.Counties, s)
	}
	return m
}

// box is the rectangle around outlines, in degrees.
type box struct{ west, south, east, north float64 }

func emptyBox() box { return box{west: 180, south: 90, east: -180, north: -90} }

func (b *box) add(o org.Outline) {
	for _, ring := range o {
		for _, p := range ring {
			b.west, b.east = min(b.west, p[0]), max(b.east, p[0])
			b.south, b.north = min(b.south, p[1]), max(b.north, p[1])
		}
	}
}

// projection maps places in the box to the drawing.
func (b *box) projection() func(org.Point) org.Point {
	shorten := math.Cos((b.south + b.north) / 2 * math.Pi / 180)
	scale := mapWidth / max((b.east-b.west)*shorten, 1e-6)
	return func(p org.Point) org.Point {
		return org.Point{(p[0] - b.west) * shorten * scale, (b.north - p[1]) * scale}
	}
}

// path writes an outline as an SVG path, to a tenth of a unit.
func path(o org.Outline, place func(org.Point) org.Point) string {
	var b strings.Builder
	for _, ring := range o {
		for i, p := range ring {
			b.WriteByte("ML"[min(i, 1)])
			at := place(p)
			b.WriteString(strconv.FormatFloat(at[0], 'f', 1, 64))
			b.WriteByte(' ')
			b.WriteString(strconv.FormatFloat(at[1], 'f', 1, 64))
		}
		b.WriteByte('Z')
	}
	return b.String()
}

// nameShare is how much of the box a county must fill to carry its name.
const nameShare = 0.008

// centre is the middle of the largest ring, and the area of that ring in square
// degrees.
func centre(o org.Outline) (best org.Point, largest float64) {
	var middle org.Point
	for _, ring := range o {
		var area float64
		middle = org.Point{}
		for i, p := range ring {
			q := ring[(i+1)%len(ring)]
			cross := p[0]*q[1] - q[0]*p[1]
			area += cross
			middle[0] += (p[0] + q[0]) * cross
			middle[1] += (p[1] + q[1]) * cross
		}
		if math.Abs(area)/2 > largest {
			largest = math.Abs(area) / 2
			best = org.Point{middle[0] / (3 * area), middle[1] / (3 * area)}
		}
	}
	return best, largest
}
