package ticket_test

import (
	"testing"

	. "huiyin/internal/ticket"
)

// What people read has a name for every word of the code.
func TestLabels(t *testing.T) {
	t.Parallel()
	for _, s := range States {
		if s.Label() == "" {
			t.Errorf("state %s has no name", s)
		}
	}
	for _, s := range AStates {
		if s.Label() == "" {
			t.Errorf("state %s of an assignment has no name", s)
		}
	}
	for _, s := range Steps {
		if s.Label() == "" {
			t.Errorf("step %s has no name", s)
		}
	}
	for _, k := range Kinds {
		if k.Label() == "" {
			t.Errorf("kind %s has no name", k)
		}
	}
	for _, c := range Channels {
		if c.Label() == "" {
			t.Errorf("channel %s has no name", c)
		}
	}
	for _, u := range Urgencies {
		if u.Label() == "" {
			t.Errorf("%s has no label", u)
		}
	}
	for _, r := range Roles {
		if r.Label() == "" {
			t.Errorf("%s has no label", r)
		}
	}
}
