package org

import (
	"slices"
	"time"

	"huiyin/internal/ticket"
	"huiyin/internal/worktime"
)

// Simulated says how long a step of a ticket would have, and why.
type Simulated struct {
	Step     ticket.Step
	Rule     LimitRule // that the limit comes from; id zero: one that is tried
	Limit    worktime.Limit
	Deadline worktime.Deadline // with every day from the start to the end
}

// Simulate works out the limits of a ticket with these facts, each step as if
// it began at from; a step that has none is left out. Rules to be tried stand
// in for those with their ids; one with the id zero comes on top, as if it had
// been added last. A rule that CheckLimit refuses is not tried.
func (d *Directory) Simulate(f Facts, from time.Time, try ...LimitRule) []Simulated {
	if try = slices.DeleteFunc(slices.Clone(try), func(r LimitRule) bool { return d.CheckLimit(r) != nil }); len(try) > 0 {
		d = d.trying(try)
	}
	day := d.calendar.DayOf(from).Date
	var all []Simulated
	for _, step := range ticket.Steps {
		rule, ok := d.LimitRule(step, f, day)
		if !ok {
			continue
		}
		limit, err := worktime.ParseLimit(rule.Limit)
		if err != nil {
			continue
		}
		if rule.ID > d.lastLimit() {
			rule.ID = 0
		}
		all = append(all, Simulated{Step: step, Rule: rule, Limit: limit, Deadline: d.calendar.Deadline(from, limit, d.policy.Counting())})
	}
	return all
}

// CheckLimit returns an Invalid error, with a field for all that is wrong,
// unless the rule can be set.
func (d *Directory) CheckLimit(r LimitRule) error { return invalid(d.checkLimit(r)) }

// trying returns a snapshot with other limits.
func (d *Directory) trying(rules []LimitRule) *Directory {
	own := *d
	all := slices.Clone(d.rules)
	last := d.lastLimit()
	for _, r := range rules {
		i := slices.IndexFunc(all, func(old LimitRule) bool { return r.ID != 0 && old.ID == r.ID })
		if i >= 0 {
			all[i] = r
			continue
		}
		last++
		r.ID = last
		all = append(all, r)
	}
	own.putLimits(all)
	own.rules = d.rules
	return &own
}

// lastLimit is the highest id of a limit.
func (d *Directory) lastLimit() int64 {
	if len(d.rules) == 0 {
		return 0
	}
	return d.rules[len(d.rules)-1].ID // sorted
}
