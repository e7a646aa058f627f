package ticket

// LoopStep is one of the mission's seven steps, as the public page shows it:
// when it was due, when it was done, by whom.
type LoopStep struct {
	No      int     // 1 to 7
	Label   string  // 中文
	Started Instant // zero: not reached
	Due     Instant // zero: no limit
	Done    Instant // zero: not done
	Unit    UnitID  // zero: the requester
	Limit   string
	Late    bool
}

var loopLabels = [7]string{"诉求", "中心受理", "中心批转", "单位办理", "单位回复", "诉求人评价", "中心回访"}

// Loop returns the seven steps of a ticket at an instant. Handling begins with
// the lead's dispatch and ends with the reply, which is filed at the center at
// the same moment. What is done again shows its last round: a reply that was
// sent back is none, and a rating of it neither.
func (t *Ticket) Loop(now Instant) [7]LoopStep {
	var loop [7]LoopStep
	for i := range loop {
		loop[i] = LoopStep{No: i + 1, Label: loopLabels[i]}
	}
	loop[0].Started, loop[0].Done = t.SubmittedAt, t.SubmittedAt
	loop[1].timed(t.lastClock(StepAccept, 0), now)
	loop[2].timed(t.lastClock(StepDispatch, 0), now)
	var round Instant // when the work began that the later steps are about
	if lead := t.Lead(); lead != nil {
		work := t.lastClock(StepHandle, lead.No)
		for _, step := range []Step{StepRedo, StepSupervise} {
			if c := t.lastClock(step, lead.No); c != nil && (work == nil || c.No > work.No) {
				work = c
			}
		}
		loop[3].timed(work, now)
		loop[3].Unit = lead.Unit
		if work != nil {
			round = work.Started
			if t.Stage == InReview {
				loop[3].Done = work.Paused // the unit has done its part
			}
		}
		loop[4] = loop[3]
		loop[4].No, loop[4].Label, loop[4].Done = 5, loopLabels[4], 0
		if t.RepliedAt >= round {
			loop[4].Done = t.RepliedAt
		}
	}
	if t.Direct {
		loop[4].Started, loop[4].Done, loop[4].Unit = t.AcceptedAt, t.RepliedAt, t.Center
	}
	if c := t.lastClock(StepRate, 0); c != nil && c.Started >= round {
		loop[5].timed(c, now)
		if t.Rating == nil {
			loop[5].Done = 0
		}
	}
	if c := t.lastClock(StepFollowUp, 0); c != nil && c.Started >= round {
		loop[6].timed(c, now)
	}
	return loop
}

func (s *LoopStep) timed(c *Clock, now Instant) {
	if c == nil {
		return
	}
	s.Started, s.Due, s.Done, s.Unit, s.Limit = c.Started, c.Due, c.Stopped, c.Unit, c.Limit
	s.Late = c.Late(now)
}

// lastClock returns the latest clock of a step, stopped or not; nil if none.
func (t *Ticket) lastClock(step Step, assignment int) *Clock {
	for i := len(t.Clocks) - 1; i >= 0; i-- {
		if c := &t.Clocks[i]; c.Step == step && c.Assignment == assignment {
			return c
		}
	}
	return nil
}
