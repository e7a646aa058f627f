package figures

import (
	"strings"
	"testing"
	"time"

	"huiyin/internal/ticket"
)

// TestWholeMonths: months and the days after them are the whole period, and no
// day of it twice.
func TestWholeMonths(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ first, last, months, rest string }{
		{"2026-03-01", "2026-03-31", "m2026-03", "2026-04-01"},
		{"2026-03-01", "2026-03-30", "", "2026-03-01"},
		{"2026-01-01", "2026-03-02", "m2026-01 m2026-02", "2026-03-01"},
		{"2024-02-01", "2024-02-29", "m2024-02", "2024-03-01"},
		{"2024-02-01", "2024-02-28", "", "2024-02-01"},
		{"2025-12-01", "2026-01-31", "m2025-12 m2026-01", "2026-02-01"},
	} {
		months, rest, err := wholeMonths(c.first, c.last)
		if got := strings.TrimSpace(strings.Join(months, " ")); err != nil || got != c.months || rest != c.rest {
			t.Errorf("from %s to %s: %q, then from %s, %v; want %q, %s", c.first, c.last, got, rest, err, c.months, c.rest)
		}
	}
	if _, _, err := wholeMonths("2026", "2026-03-01"); err == nil {
		t.Error("2026 is no day")
	}
}

// TestReply: what is not due yet counts for nothing, and a reply after the limit
// counts as one that came late.
func TestReply(t *testing.T) {
	t.Parallel()
	const due ticket.Instant = 1_000_000
	for name, c := range map[string]struct {
		clock    ticket.Clock
		answered bool
		want     Tally
	}{
		"running":          {ticket.Clock{Due: due}, false, Tally{}},
		"standing still":   {ticket.Clock{Due: due, Paused: due - 1}, false, Tally{}},
		"overdue":          {ticket.Clock{Due: due, Breached: true}, false, Tally{Due: 1}},
		"in time":          {ticket.Clock{Due: due, Stopped: due}, true, Tally{Due: 1, Replied: 1, Timely: 1}},
		"late":             {ticket.Clock{Due: due, Stopped: due + 1, Breached: true}, true, Tally{Due: 1, Replied: 1}},
		"before the end":   {ticket.Clock{Due: due, Paused: due - 1}, true, Tally{Due: 1, Replied: 1, Timely: 1}},
		"stood still then": {ticket.Clock{Due: due, Paused: due - 1, Stopped: due + 9}, true, Tally{Due: 1, Replied: 1, Timely: 1}},
	} {
		if got := reply(&c.clock, c.answered); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// TestReplaceTakesBack: what is replaced leaves nothing behind.
func TestReplaceTakesBack(t *testing.T) {
	t.Parallel()
	day := func(at ticket.Instant) string { return at.Time().Format(time.DateOnly) }
	at := ticket.At(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	before := &ticket.Ticket{Kind: ticket.Help, Channel: ticket.Phone, Area: "350102001", SubmittedAt: at}
	c := NewChange(day)
	c.Replace(nil, before)
	if tally := c.cells[cell{"2026-03-02", County, "350102"}]; tally == nil || tally.Received != 1 {
		t.Errorf("the county has %+v", tally)
	}
	if tally := c.cells[cell{"m2026-03", City, ""}]; tally == nil || tally.Received != 1 {
		t.Errorf("the month has %+v", tally)
	}
	after := *before
	after.Kind = ticket.Complaint
	c.Replace(before, &after)
	if tally := c.cells[cell{"2026-03-02", Kind, string(ticket.Help)}]; tally == nil || *tally != (Tally{}) {
		t.Errorf("the old kind has %+v", tally)
	}
	if tally := c.cells[cell{"2026-03-02", City, ""}]; tally.Received != 1 {
		t.Errorf("the city has %+v", tally)
	}
}
