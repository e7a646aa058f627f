package worktime

import (
	"strconv"
	"strings"
	"time"

	"huiyin/internal/errs"
)

// Unit is what a limit is measured in.
type Unit string

// The units of limits. ParseLimit also reads wh, working hours, as 60 wm each.
const (
	WorkingDays    Unit = "wd"
	WorkingMinutes Unit = "wm"
	Hours          Unit = "h"
	Minutes        Unit = "m"
	Days           Unit = "d" // 24 hours each
)

// clock is the length of a unit of clock time, zero for working time.
func (u Unit) clock() time.Duration {
	switch u {
	case Hours:
		return time.Hour
	case Minutes:
		return time.Minute
	case Days:
		return oneDay
	default:
		return 0
	}
}

func (u Unit) known() bool { return u == WorkingDays || u == WorkingMinutes || u.clock() != 0 }

// Limit is how long something may take.
type Limit struct {
	N    int // 1 to 10,000
	Unit Unit
}

// maxLimit bounds N. Ten thousand working days are forty years: whoever
// writes more has mistyped, and a counting walks the days one by one.
const maxLimit = 10_000

// valid reports whether the limit is one that ParseLimit returns. Zero is
// none: what is due as it begins can only be late.
func (l Limit) valid() bool { return l.N >= 1 && l.N <= maxLimit && l.Unit.known() }

func errLimit() error {
	return errs.New(errs.Invalid, "invalid_limit",
		"时限须写作 1 至 10000 的整数加单位，例如 5wd（工作日）、60wm（工作分钟）、2wh（工作小时，至多 166）、24h（小时）、30m（分钟）、7d（天）")
}

// ParseLimit reads a number and a unit, as 5wd; wh is turned into wm. Blanks
// around it are dropped. The error is Invalid.
func ParseLimit(text string) (Limit, error) {
	text = strings.TrimSpace(text)
	unit := strings.TrimLeft(text, "0123456789")
	n, err := strconv.Atoi(strings.TrimSuffix(text, unit))
	if err != nil || n > maxLimit {
		return Limit{}, errLimit()
	}
	l := Limit{N: n, Unit: Unit(unit)}
	if unit == "wh" {
		l = Limit{N: 60 * n, Unit: WorkingMinutes}
	}
	if !l.valid() {
		return Limit{}, errLimit()
	}
	return l, nil
}

// String writes the limit as ParseLimit reads it.
func (l Limit) String() string { return strconv.Itoa(l.N) + string(l.Unit) }

// MarshalText writes the limit as String does. A limit that ParseLimit would
// refuse, the zero one among them, is an Invalid error.
func (l Limit) MarshalText() ([]byte, error) {
	if !l.valid() {
		return nil, errLimit()
	}
	return []byte(l.String()), nil
}

// UnmarshalText is ParseLimit.
func (l *Limit) UnmarshalText(text []byte) error {
	parsed, err := ParseLimit(string(text))
	if err != nil {
		return err
	}
	*l = parsed
	return nil
}
