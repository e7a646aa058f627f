package ticket

import "huiyin/internal/errs"

// Lapse ends a window that the platform watches: what was asked did not come,
// a suspension reached its review date, the rating window is over, a closed
// ticket has rested long enough. It never leaves a ticket without an owner.
type Lapse struct{}

func (Lapse) Name() Name { return "lapse" }

func (Lapse) decide(d *decision) error {
	c := d.lapsed()
	if c == nil {
		return errs.New(errs.Conflict, "not_due", "没有到期的时限")
	}
	switch c.Step {
	case StepSupply:
		d.emit(InfoLapsed{})
		d.stop(StepSupply, 0)
		d.resume(d.t.clock(StepAccept, 0))
	case StepSuspend:
		d.resumeWork("")
	case StepRate:
		d.emit(RatingLapsed{})
		d.toFollowUp()
	case StepArchive:
		d.emit(ArchivedEvent{})
		d.stopAll(nothing)
	}
	return nil
}

// Lapses reports whether a step is a window that ends by itself.
func (s Step) Lapses() bool {
	switch s {
	case StepSupply, StepSuspend, StepRate, StepArchive:
		return true
	}
	return false
}

// lapsed returns the running window that is over.
func (d *decision) lapsed() *Clock {
	for i := range d.t.Clocks {
		if c := &d.t.Clocks[i]; c.Running() && c.Step.Lapses() && c.Due <= d.now() {
			return c
		}
	}
	return nil
}

// Notice records what the platform observed of the clocks: warnings and
// breaches that are due, provisional deadlines that the calendar now settles.
type Notice struct {
	WarnDays int `json:"warn_days,omitempty"` // working days before due when a clock warns
}

func (Notice) Name() Name { return "notice" }

func (c Notice) decide(d *decision) error {
	var ticks []Tick
	for i := range d.t.Clocks {
		clock := &d.t.Clocks[i]
		if !clock.Running() || clock.Step.Lapses() {
			continue
		}
		ticks = append(ticks, d.observe(clock, c.WarnDays)...)
	}
	if len(ticks) == 0 {
		return errs.New(errs.Conflict, "not_due", "没有到期的时限")
	}
	d.emit(ClockNoticed{})
	for _, k := range ticks {
		d.tick(k)
	}
	return nil
}

func (d *decision) observe(c *Clock, warnDays int) []Tick {
	var ticks []Tick
	due := c.Due
	if again, settled := d.t.Settled(c, d.env.Calendar, d.env.Policy); settled {
		due = again
		ticks = append(ticks, Tick{Clock: c.No, Op: TickSettle, Due: again})
	}
	if warnAt, _ := d.env.Calendar.Extend(due, -warnDays); !c.Warned && c.warns() && d.now() >= warnAt {
		ticks = append(ticks, Tick{Clock: c.No, Op: TickWarn})
	}
	if !c.Breached && d.now() > due {
		ticks = append(ticks, Tick{Clock: c.No, Op: TickBreach, Due: due})
	}
	return ticks
}

// warns: only clocks of a unit's own work, long enough to be counted in days,
// give a warning (yellow card) before they are due.
func (c *Clock) warns() bool {
	switch c.Step {
	case StepHandle, StepRedo, StepSupervise:
		return true
	}
	return false
}
