package casework

import "testing"

// TestTellLatecomer: who begins to listen while nobody was read for is told by
// the next look, and misses nothing.
func TestTellLatecomer(t *testing.T) {
	t.Parallel()
	f := newFeed()
	f.at = 2
	f.tell(News{Position: 3}, false)
	if f.at != 3 {
		t.Fatalf("with nobody there it stands at %d", f.at)
	}
	s := &Subscription{C: make(chan News, 1), feed: f}
	f.subs[s] = struct{}{}
	f.tell(News{Position: 4}, false)
	if f.at != 3 || len(s.C) != 0 {
		t.Errorf("it moved to %d and told %d news that were not read", f.at, len(s.C))
	}
	f.tell(News{Position: 4}, true)
	if f.at != 4 || len(s.C) != 1 {
		t.Errorf("it stands at %d and told %d news", f.at, len(s.C))
	}
}
