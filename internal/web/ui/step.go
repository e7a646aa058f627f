package ui

import (
	"strconv"
	"strings"

	"huiyin/internal/ticket"
)

// Step is one of the seven steps of a ticket's track.
type Step struct {
	Label, Status, Tone, Badge string
	Who, Limit                 string
	Started, Due, Done         ticket.Instant
	Took                       string
}

// rating is the number of the requester's own step.
const rating = 6

// NewStep shows a step of the loop.
func NewStep(s ticket.LoopStep, who string, words Catalogue) Step {
	step := Step{Label: s.Label, Who: who, Limit: Limit(s.Limit, words), Started: s.Started, Due: s.Due, Done: s.Done}
	switch {
	case s.Done != 0:
		step.Status, step.Tone, step.Badge = "已完成", "done", "green"
		if s.Late {
			step.Status, step.Badge = "超时完成", "red"
		}
		if s.Done > s.Started && s.Started != 0 {
			step.Took = Span(words, s.Done.Time().Sub(s.Started.Time()))
		}
	case s.Started == 0:
		step.Status = "未开始"
	case s.No == rating && s.Late: // nobody is late who need not rate
		step.Status, step.Due = "未评价", 0
	case s.Late:
		step.Status, step.Tone, step.Badge = "已超时", "late", "red"
	default:
		step.Status, step.Tone, step.Badge = "进行中", "now", "blue"
	}
	if s.No == 1 {
		step.Started = 0 // it is done as it begins
	}
	return step
}

var limitUnits = []struct{ sign, words string }{
	{"wd", "%s 个工作日"}, {"wm", "%s 个工作分钟"}, {"h", "%s 小时"}, {"m", "%s 分钟"}, {"d", "%s 天"},
}

// Limit says a limit, such as 5wd, in words.
func Limit(limit string, words Catalogue) string {
	if n, err := strconv.Atoi(strings.TrimSuffix(limit, "wm")); err == nil && strings.HasSuffix(limit, "wm") && n%60 == 0 {
		return words.Say("%s 个工作小时", strconv.Itoa(n/60))
	}
	for _, u := range limitUnits {
		if n, ok := strings.CutSuffix(limit, u.sign); ok {
			return words.Say(u.words, n)
		}
	}
	return limit
}

// State is a state with the colour it is shown in.
type State struct{ Label, Tone string }

var tones = map[ticket.State]string{
	ticket.Submitted: "blue", ticket.AwaitingInfo: "amber", ticket.ToDispatch: "blue", ticket.Consulting: "amber", ticket.ToSign: "blue",
	ticket.Handling: "blue", ticket.Suspended: "amber", ticket.InReview: "blue", ticket.Replied: "green", ticket.ToFollowUp: "green",
	ticket.Closed: "green", ticket.Rejected: "red",
}

// NewState shows a state.
func NewState(s ticket.State) State { return State{Label: s.Label(), Tone: tones[s]} }
