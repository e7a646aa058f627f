package org

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"huiyin/internal/errs"
	"huiyin/internal/ticket"
	"huiyin/internal/worktime"
)

// Policy holds the settings of a city that are neither limits nor codes. The
// defaults are those of the rules of the house §3–§8.
type Policy struct {
	ReturnsPerUnit       int // requests for return that a unit has on one ticket
	ReturnsBeforeConsult int // granted on one ticket, before the center consults
	Extensions           int // a reviewer may grant; the next needs the center's head
	ExtensionDays        int // at most, working days
	RedoRounds           int // at most, then a supervision order
	FollowUpAttempts     int // failed on different days, then unreachable
	SuspensionDays       int // at most, of the calendar, from the request to the review date
	AppealDays           int // working days after closing, for a request for review
	SubUnitMargin        int // working days that a sub-unit is due before its parent
	WarnDays             int // working days before due that a yellow card is shown

	SessionIdleMinutes int // without use, then a sign-in is over
	SessionLifeHours   int // of a sign-in at most
	SessionsPerAccount int // sign-ins at once; one more ends the oldest

	SameDay  bool // counting of working days starts on the day itself
	SameTime bool // and ends at the same time of day, not at the close of business

	Kinds    []ticket.Kind    // switched on, in the order people know them
	Channels []ticket.Channel // switched on, in the order of the mission
}

// DefaultPolicy is what holds for a setting that a city has not made.
func DefaultPolicy() Policy {
	return Policy{
		ReturnsPerUnit: 1, ReturnsBeforeConsult: 2, Extensions: 1, ExtensionDays: 10, RedoRounds: 2,
		FollowUpAttempts: 2, SuspensionDays: 365, AppealDays: 10, SubUnitMargin: 1, WarnDays: 1,
		SessionIdleMinutes: 30, SessionLifeHours: 12, SessionsPerAccount: 3,
		Kinds:    []ticket.Kind{ticket.Inquiry, ticket.Help, ticket.Complaint, ticket.Suggestion},
		Channels: slices.Clone(ticket.Channels),
	}
}

// Ticket is the policy as the core reads it.
func (p Policy) Ticket() ticket.Policy {
	return ticket.Policy{
		ReturnsPerUnit: p.ReturnsPerUnit, ReturnsBeforeConsult: p.ReturnsBeforeConsult, Extensions: p.Extensions,
		ExtensionDays: p.ExtensionDays, RedoRounds: p.RedoRounds, FollowUpAttempts: p.FollowUpAttempts,
		SuspensionDays: p.SuspensionDays, AppealDays: p.AppealDays, SubUnitMargin: p.SubUnitMargin,
	}
}

// Counting is how working days are counted.
func (p Policy) Counting() worktime.Counting {
	return worktime.Counting{SameDay: p.SameDay, SameTime: p.SameTime}
}

// KindOn reports whether tickets of the kind are taken.
func (p Policy) KindOn(k ticket.Kind) bool { return slices.Contains(p.Kinds, k) }

// ChannelOn reports whether the channel is open.
func (p Policy) ChannelOn(c ticket.Channel) bool { return slices.Contains(p.Channels, c) }

// Settings writes the policy as the keys and values of its table.
func (p Policy) Settings() map[string]string {
	out := make(map[string]string)
	for key, n := range p.numbers() {
		out[key] = strconv.Itoa(*n)
	}
	for key, b := range p.switches() {
		out[key] = strconv.FormatBool(*b)
	}
	out["kinds"] = joined(p.Kinds)
	out["channels"] = joined(p.Channels)
	return out
}

// numbers names the settings that are whole numbers.
func (p *Policy) numbers() map[string]*int {
	return map[string]*int{
		"max_returns_per_unit": &p.ReturnsPerUnit, "returns_before_consult": &p.ReturnsBeforeConsult,
		"max_extensions": &p.Extensions, "extension_max_wd": &p.ExtensionDays, "max_redo": &p.RedoRounds,
		"follow_up_attempts": &p.FollowUpAttempts, "suspension_max_days": &p.SuspensionDays, "review_request_wd": &p.AppealDays,
		"sub_unit_margin_wd": &p.SubUnitMargin, "yellow_card_wd": &p.WarnDays,
		"session_idle_minutes": &p.SessionIdleMinutes, "session_life_hours": &p.SessionLifeHours, "sessions_per_account": &p.SessionsPerAccount,
	}
}

func (p *Policy) switches() map[string]*bool {
	return map[string]*bool{"count_same_day": &p.SameDay, "due_same_time": &p.SameTime}
}

// maxNumber bounds the settings that are numbers: more is a slip of the hand.
const maxNumber = 1000

// set takes one setting from its table. The error is Invalid.
func (p *Policy) set(key, value string) error {
	if n, ok := p.numbers()[key]; ok {
		least := 0
		if strings.HasPrefix(key, "session") {
			least = 1 // with none nobody could sign in to put it right
		}
		v, err := strconv.Atoi(value)
		if err != nil || v < least || v > maxNumber {
			return errs.InvalidField(key, fmt.Sprintf("须填写 %d 至 %d 的整数", least, maxNumber))
		}
		*n = v
		return nil
	}
	if b, ok := p.switches()[key]; ok {
		v, err := strconv.ParseBool(value)
		if err != nil {
			return errs.InvalidField(key, "须填写 true 或 false")
		}
		*b = v
		return nil
	}
	switch key {
	case "kinds":
		return words(&p.Kinds, ticket.Kinds, key, value)
	case "channels":
		return words(&p.Channels, ticket.Channels, key, value)
	}
	return errs.InvalidField(key, "没有这一项设置")
}

// policyOf reads the settings on top of the defaults.
func policyOf(settings map[string]string) (Policy, error) {
	p := DefaultPolicy()
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		if err := p.set(key, settings[key]); err != nil {
			return Policy{}, err
		}
	}
	return p, nil
}

func joined[T ~string](list []T) string {
	parts := make([]string, len(list))
	for i, w := range list {
		parts[i] = string(w)
	}
	return strings.Join(parts, ",")
}

// words reads a list of known words, and puts them in the known order. At
// least one must stay switched on.
func words[T ~string](to *[]T, known []T, key, value string) error {
	chosen := strings.Split(value, ",")
	var out []T
	for _, w := range known {
		if slices.Contains(chosen, string(w)) {
			out = append(out, w)
		}
	}
	if len(out) == 0 || len(out) != len(chosen) {
		return errs.InvalidField(key, "须从已有的选项中选择至少一项，以英文逗号分隔，不得重复")
	}
	*to = out
	return nil
}
