package portal

import (
	"math"
	"testing"

	"huiyin/internal/org"
)

func TestRates(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		part, whole int64
		want        string
	}{{0, 0, "—"}, {0, 5, "0.00%"}, {5, 5, "100.00%"}, {2, 3, "66.67%"}, {9985, 10000, "99.85%"}, {99999, 100000, "99.99%"}, {1, 16, "6.25%"}} {
		if got := rate(c.part, c.whole); got != c.want {
			t.Errorf("%d of %d: %s, want %s", c.part, c.whole, got, c.want)
		}
	}
	for _, c := range []struct {
		now, before int64
		want        string
	}{{5, 0, ""}, {5, 5, "+0.0%"}, {0, 4, "-100.0%"}, {6, 4, "+50.0%"}} {
		if got := change(c.now, c.before); got != c.want {
			t.Errorf("%d after %d: %s, want %s", c.now, c.before, got, c.want)
		}
	}
}

// TestMapKeepsShape: a square of a degree at 60° north is twice as high as it is
// wide.
func TestMapKeepsShape(t *testing.T) {
	t.Parallel()
	b := emptyBox()
	square := org.Outline{{{118, 59.5}, {119, 59.5}, {119, 60.5}, {118, 60.5}}}
	b.add(square)
	place := b.projection()
	if got := place(org.Point{119, 59.5}); math.Abs(got[0]-mapWidth) > 1e-6 || math.Abs(got[1]-2*mapWidth) > 1 {
		t.Errorf("the far corner is at %v", got)
	}
	if middle, size := centre(square); math.Abs(middle[0]-118.5) > 1e-6 || math.Abs(middle[1]-60) > 1e-6 || math.Abs(size-1) > 1e-6 {
		t.Errorf("its middle is %v, its size %f", middle, size)
	}
	if got, want := path(org.Outline{{{118, 60.5}, {119, 60.5}, {118.5, 60.5}}}, place), "M0.0 0.0L400.0 0.0L200.0 0.0Z"; got != want {
		t.Errorf("it is drawn as %s, want %s", got, want)
	}
}
