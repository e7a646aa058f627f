package ticket

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"huiyin/internal/errs"
)

// Command is something an actor wants done to a ticket. The zero value of
// each command's fields is its default.
type Command interface {
	Name() Name
	decide(d *decision) error
}

// targeted commands act on one assignment; zero stands for the only one that
// the actor can mean.
type targeted interface{ target() int }

// Decide carries out a command: it returns the state after it and the records
// that lead there, or a refusal that changes nothing. The ticket passed in is
// never changed.
func Decide(t Ticket, cmd Command, env Env) (Ticket, []Record, error) {
	d := &decision{env: env, t: t.clone(), rule: RuleOf(cmd.Name())}
	if err := d.admit(cmd); err != nil {
		return t, nil, err
	}
	if err := cmd.decide(d); err != nil {
		return t, nil, err
	}
	if after := d.t.State(); len(d.out) == 0 || !d.rule.leadsTo(t.State(), after) {
		return t, nil, errs.Newf(errs.Internal, "lifecycle", "命令 %s 不能从 %s 到 %s", cmd.Name(), t.State(), after)
	}
	return d.t, d.out, nil
}

// decision is one command at work: a copy of the state that each emitted
// record has already been folded into.
type decision struct {
	env  Env
	rule *Rule
	by   By
	t    Ticket
	on   int // number of the target assignment, zero if the command has none
	out  []Record
}

func (d *decision) now() Instant { return d.env.Now }

// target returns the assignment that the command acts on.
func (d *decision) target() *Assignment { return d.t.Assignment(d.on) }

// emit records an event and folds it in.
func (d *decision) emit(e Event) {
	r := Record{Seq: d.t.Seq + 1, At: d.env.Now, By: d.by, Event: e}
	d.t.Seq = r.Seq
	e.apply(&d.t, &r)
	d.out = append(d.out, r)
}

// tick adds a clock event to the latest record and folds it in.
func (d *decision) tick(k Tick) {
	r := &d.out[len(d.out)-1]
	r.Ticks = append(r.Ticks, k)
	d.t.tick(k, r.At)
}

// text digests a free text for an event.
func (d *decision) text(body string) Text { return newText(d.env.Salt, body) }

// start starts a clock for a step; its limit comes from the city's data.
func (d *decision) start(step Step, assignment int, unit UnitID) {
	limit := d.env.City.Limit(&d.t, step, unit)
	due, provisional := d.env.Calendar.Due(d.now(), limit)
	d.startUntil(step, assignment, unit, limit, due, provisional)
}

// startUntil starts a clock with a due instant that does not follow from a limit.
func (d *decision) startUntil(step Step, assignment int, unit UnitID, limit string, due Instant, provisional bool) {
	d.tick(Tick{
		Clock: len(d.t.Clocks) + 1, Op: TickStart, Step: step, Assignment: assignment, Unit: unit,
		Limit: limit, Due: due, Provisional: provisional,
	})
}

func (d *decision) op(op TickOp, c *Clock) {
	if c != nil {
		d.tick(Tick{Clock: c.No, Op: op})
	}
}

// stop ends the clock of a step, if it is there.
func (d *decision) stop(step Step, assignment int) { d.op(TickStop, d.t.clock(step, assignment)) }

// stopAll ends every clock that does not belong to a live assignment, or all
// of them with the ticket.
func (d *decision) stopAll(keep func(*Clock) bool) {
	for i := range d.t.Clocks {
		if c := &d.t.Clocks[i]; c.Stopped == 0 && !keep(c) {
			d.op(TickStop, c)
		}
	}
}

// stopDead ends the clocks of assignments that are no longer live.
func (d *decision) stopDead() {
	d.stopAll(func(c *Clock) bool {
		a := d.t.Assignment(c.Assignment)
		return a == nil || a.State.Live()
	})
}

func nothing(*Clock) bool { return false }

// pause and resume stop and restart the count of a clock.
func (d *decision) pause(c *Clock) {
	if c != nil && c.Running() {
		d.op(TickPause, c)
	}
}

func (d *decision) resume(c *Clock) {
	if c == nil || c.Stopped != 0 || c.Paused == 0 {
		return
	}
	due, provisional := d.env.Calendar.Shift(c.Due, c.Paused, d.now(), c.Limit)
	// What was provisional stays so until it is settled as a whole.
	d.tick(Tick{Clock: c.No, Op: TickResume, Due: due, Provisional: provisional || c.Provisional})
}

// extend moves a clock's due instant by working days.
func (d *decision) extend(c *Clock, days int) {
	if c != nil {
		due, provisional := d.env.Calendar.Extend(c.Due, days)
		d.tick(Tick{Clock: c.No, Op: TickExtend, Due: due, Provisional: provisional || c.Provisional, Days: days})
	}
}

// admit checks that the rule lets the actor give the command in this state,
// and settles which assignment it is about.
func (d *decision) admit(cmd Command) error {
	role, ok := d.rule.role(d.env.Actor)
	if !ok {
		return errs.Newf(errs.Denied, "role", "您的岗位不能%s", d.rule.Label)
	}
	d.by = By{Account: d.env.Actor.Account, Unit: d.env.Actor.Unit, Role: role}
	state := d.t.State()
	refused := errs.Newf(errs.Conflict, "state", "工单当前为“%s”，不能%s", state.Label(), d.rule.Label)
	if !d.rule.from(state) {
		return refused
	}
	if c, ok := cmd.(targeted); ok {
		err := d.aim(c.target())
		if err != nil && !slices.Contains(d.rule.From, state) {
			return refused // it has no part that goes on meanwhile
		}
		return err
	}
	if d.rule.Place == AtCenter && d.env.Actor.Unit != d.t.Center && !d.onBehalf(role) {
		return errs.Newf(errs.Denied, "unit", "只有受理该工单的智慧中心才能%s", d.rule.Label)
	}
	return nil
}

// onBehalf: requesters and the platform act from no unit.
func (d *decision) onBehalf(role Role) bool { return role == Requester || role == System }

// aim finds the assignment that the command is about among those the actor
// may act on.
func (d *decision) aim(no int) error {
	var found []int
	own := false
	for i := range d.t.Assignments {
		a := &d.t.Assignments[i]
		if no != 0 && a.No != no {
			continue
		}
		unit := a.Unit
		if d.rule.Place != AtUnit {
			unit = d.t.superior(a)
		}
		if unit != d.env.Actor.Unit && !d.onBehalf(d.by.Role) {
			continue
		}
		own = true
		if slices.Contains(d.rule.On, a.State) && (d.rule.Request == "" || a.asks(d.rule.Request)) {
			found = append(found, a.No)
		}
	}
	switch {
	case !own:
		return errs.Newf(errs.Denied, "unit", "该承办任务不属于您的单位，不能%s", d.rule.Label)
	case len(found) == 0:
		return errs.Newf(errs.Conflict, "assignment_state", "承办任务当前的状态不能%s", d.rule.Label)
	case len(found) > 1:
		return errs.InvalidField("assignment", "请指明是哪一项承办任务")
	}
	d.on = found[0]
	return nil
}

// asks reports whether the assignment has an endorsed request of the sort.
func (a *Assignment) asks(what RequestFor) bool {
	return a.Request != nil && a.Request.Endorsed && a.Request.For == what
}

// Lengths of free texts, in characters: technical bounds against runaway
// input, far above what people write.
const (
	maxTitle = 200
	maxBody  = 20000
	maxNote  = 2000
)

// checkText refuses a text that is missing, too long or not text.
func checkText(field, label, s string, required bool, limit int) error {
	switch {
	case required && strings.TrimSpace(s) == "":
		return errs.InvalidField(field, "请填写"+label)
	case !utf8.ValidString(s) || strings.ContainsRune(s, 0):
		return errs.InvalidField(field, label+"含有无法识别的字符")
	case utf8.RuneCountInString(s) > limit:
		return errs.InvalidField(field, fmt.Sprintf("%s不能超过%d个字", label, limit))
	}
	return nil
}

func need(field, label, s string) error { return checkText(field, label, s, true, maxNote) }
func may(field, label, s string) error  { return checkText(field, label, s, false, maxNote) }

// first returns the first error of a list of checks.
func first(checks ...error) error {
	for _, err := range checks {
		if err != nil {
			return err
		}
	}
	return nil
}

func oneOf[T comparable](field string, v T, all []T) error {
	var none T
	if v == none {
		return errs.InvalidField(field, "必须选择一项")
	}
	if !slices.Contains(all, v) {
		return errs.InvalidField(field, fmt.Sprintf("没有“%v”这个选项", v))
	}
	return nil
}

func (d *decision) known(field, set, code string) error {
	if code == "" {
		return errs.InvalidField(field, "必须选择一项")
	}
	if !d.env.City.Known(set, code) {
		return errs.InvalidField(field, fmt.Sprintf("没有“%s”这个代码", code))
	}
	return nil
}
