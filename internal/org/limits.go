package org

import (
	"cmp"
	"slices"
	"strings"

	"huiyin/internal/ticket"
)

// matcher is the part of a rule that says what it is for, with the paths
// looked up.
type matcher struct {
	kind         ticket.Kind
	urgency      ticket.Urgency
	channel      ticket.Channel
	categoryPath string
	unitPath     string
}

// matches compares with facts; the paths are those of the facts' category and
// unit, empty when there is none.
func (m *matcher) matches(f *Facts, categoryPath, unitPath string) bool {
	return (m.kind == "" || m.kind == f.Kind) &&
		(m.urgency == "" || m.urgency == f.Urgency) &&
		(m.channel == "" || m.channel == f.Channel) &&
		strings.HasPrefix(categoryPath, m.categoryPath) &&
		strings.HasPrefix(unitPath, m.unitPath)
}

// compare puts the more specific matcher first. The weights, from the highest:
// urgency, for an urgent ticket must not wait because of where it goes; the
// unit, the nearer in the tree the more; the category, the deeper the more;
// the kind; the channel.
func (m *matcher) compare(o *matcher) int {
	return cmp.Or(
		named(m.urgency, o.urgency),
		cmp.Compare(depth(o.unitPath), depth(m.unitPath)),
		cmp.Compare(depth(o.categoryPath), depth(m.categoryPath)),
		named(m.kind, o.kind),
		named(m.channel, o.channel),
	)
}

func named[T ~string](a, b T) int {
	switch {
	case a != "" && b == "":
		return -1
	case a == "" && b != "":
		return +1
	}
	return 0
}

func depth(path string) int { return strings.Count(path, "/") }

// matcherOf looks up the paths; false if the category or the unit is not
// known, and so nothing can match.
func (d *Directory) matcherOf(m matcher, category string, unit ticket.UnitID) (matcher, bool) {
	if category != "" {
		c, ok := d.Category(category)
		if !ok {
			return matcher{}, false
		}
		m.categoryPath = c.Path
	}
	if unit != 0 {
		u, ok := d.Unit(unit)
		if !ok {
			return matcher{}, false
		}
		m.unitPath = u.Path
	}
	return m, true
}

// limitRule is a rule ready to be tried.
type limitRule struct {
	matcher
	LimitRule
}

// putLimits sorts the rules of each step by weight, so that the first one that
// matches is the one that holds.
func (d *Directory) putLimits(rules []LimitRule) {
	slices.SortFunc(rules, func(a, b LimitRule) int { return cmp.Compare(a.ID, b.ID) })
	d.rules = rules
	d.limits = make(map[ticket.Step][]limitRule)
	for _, r := range rules {
		m, ok := d.matcherOf(matcher{kind: r.Kind, urgency: r.Urgency, channel: r.Channel}, r.Category, r.Unit)
		if ok {
			d.limits[r.Step] = append(d.limits[r.Step], limitRule{m, r})
		}
	}
	for _, list := range d.limits {
		slices.SortFunc(list, func(a, b limitRule) int {
			return cmp.Or(a.compare(&b.matcher), strings.Compare(b.ValidFrom, a.ValidFrom), cmp.Compare(b.LimitRule.ID, a.LimitRule.ID))
		})
	}
}

// LimitRules lists all rules by id.
func (d *Directory) LimitRules() []LimitRule { return d.rules }

// Limit returns the most specific limit of a step on a local day, such as
// "5wd". Rules weigh, from the highest: urgency; unit, the nearer the more;
// category, the deeper the more; kind; channel. Between equals the rule that
// came into force last wins, then the one with the highest id. Without a day,
// only rules that have no end are considered. False: the step has no limit.
func (d *Directory) Limit(step ticket.Step, f Facts, day string) (string, bool) {
	r, ok := d.LimitRule(step, f, day)
	return r.Limit, ok
}

// LimitRule is Limit with the rule that the limit comes from.
func (d *Directory) LimitRule(step ticket.Step, f Facts, day string) (LimitRule, bool) {
	category, _ := d.Category(f.Category)
	unit, _ := d.Unit(f.Unit)
	list := d.limits[step]
	for i := range list {
		r := &list[i]
		if r.matches(&f, category.Path, unit.Path) && holds(r.ValidFrom, r.ValidTo, day) {
			return r.LimitRule, true
		}
	}
	return LimitRule{}, false
}

// replyRule is a rule ready to be tried.
type replyRule struct {
	matcher
	ReplyRule
}

func (d *Directory) putReplies(rules []ReplyRule) {
	slices.SortFunc(rules, func(a, b ReplyRule) int { return cmp.Compare(a.ID, b.ID) })
	d.replies = rules
	for _, r := range rules {
		if m, ok := d.matcherOf(matcher{kind: r.Kind}, r.Category, r.Unit); ok {
			d.modes = append(d.modes, replyRule{m, r})
		}
	}
	slices.SortFunc(d.modes, func(a, b replyRule) int {
		return cmp.Or(a.compare(&b.matcher), cmp.Compare(b.ReplyRule.ID, a.ReplyRule.ID))
	})
}

// ReplyRules lists all rules by id.
func (d *Directory) ReplyRules() []ReplyRule { return d.replies }

// ReplyMode says how the lead's reply goes out: by the most specific rule,
// weighed as limits are, and without one it is filed at once.
func (d *Directory) ReplyMode(kind ticket.Kind, category string, unit ticket.UnitID) ReplyMode {
	c, _ := d.Category(category)
	u, _ := d.Unit(unit)
	facts := Facts{Kind: kind}
	for i := range d.modes {
		if r := &d.modes[i]; r.matches(&facts, c.Path, u.Path) {
			return r.Mode
		}
	}
	return FileAtOnce
}
