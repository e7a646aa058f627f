package ticket_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/errs"
	. "huiyin/internal/ticket"
)

// story plays commands on one ticket, an hour apart.
type story struct {
	*testing.T
	tk      Ticket
	records []Record
	now     Instant
}

const hour = Instant(time.Hour / time.Millisecond)

func begin(t *testing.T) *story {
	t.Helper()
	tk, records, err := Submit(submission(), env(start, TheRequester(), false))
	if err != nil {
		t.Fatal(err)
	}
	s := &story{T: t, tk: tk, records: records, now: start}
	s.do(center, Accept{})
	return s
}

func staffOf(unit UnitID) Actor {
	if unit == center {
		return someone(center, centerStaff...)
	}
	return someone(unit, Handler, Approver)
}

func (s *story) try(unit UnitID, cmd Command) error {
	s.Helper()
	s.now += hour
	next, more, err := Decide(s.tk, cmd, env(s.now, staffOf(unit), false))
	if err != nil {
		return err
	}
	if err := next.Check(); err != nil {
		s.Fatalf("after %s: %v", cmd.Name(), err)
	}
	s.tk, s.records = next, append(s.records, more...)
	return nil
}

func (s *story) do(unit UnitID, cmd Command) {
	s.Helper()
	if err := s.try(unit, cmd); err != nil {
		s.Fatalf("%s: %v", cmd.Name(), err)
	}
}

func (s *story) refused(unit UnitID, cmd Command, kind errs.Kind, code string) {
	s.Helper()
	if err := s.try(unit, cmd); errs.KindOf(err) != kind || errs.CodeOf(err) != code {
		s.Fatalf("%s: got %v, want %s %s", cmd.Name(), err, kind, code)
	}
}

// running lists the unstopped clocks of an assignment with their due instants.
func (s *story) running(assignment int) map[Step]Instant {
	clocks := map[Step]Instant{}
	for _, c := range s.tk.Clocks {
		if c.Assignment == assignment && c.Stopped == 0 {
			clocks[c.Step] = c.Due
		}
	}
	return clocks
}

func (s *story) delegated() *story {
	s.do(center, Dispatch{Lead: county})
	s.do(county, Sign{})
	s.do(county, Delegate{Lead: township, CoHandlers: []UnitID{countyDept}})
	return s
}

// A delegation is taken back before and after the unit below has signed: the
// matter is with the delegating unit, under the clocks it had.
func TestTakeBack(t *testing.T) {
	t.Parallel()
	for name, before := range map[string][]struct {
		by  UnitID
		cmd Command
	}{
		"to sign":              nil,
		"signed":               {{township, Sign{}}, {countyDept, Sign{}}},
		"a part was given":     {{countyDept, Sign{}}, {countyDept, Draft{Text: "已办", Solved: "solved"}}, {countyDept, SignOff{}}},
		"asks for a return":    {{township, RequestReturn{Code: "c1", Reason: "不归我管", Basis: "三定"}}},
		"asks for more time":   {{township, Sign{}}, {township, RequestExtension{Days: 1, Reason: "下雨"}}},
		"draft was sent back":  {{township, Sign{}}, {township, Draft{Text: "已办", Solved: "solved", Override: "急"}}, {township, SendBackDraft{Note: "措辞"}}},
		"supervision ordered":  {{township, Sign{}}, {center, Supervise{Assignment: 2, Reason: "久拖"}}},
		"urged and classified": {{center, Urge{}}, {center, Classify{Facts: Facts{Kind: Complaint}}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := begin(t)
			s.do(center, Dispatch{Lead: county})
			s.do(county, Sign{})
			want := s.running(1)
			s.do(county, Delegate{Lead: township, CoHandlers: []UnitID{countyDept}})
			for _, move := range before {
				s.do(move.by, move.cmd)
			}
			s.do(county, TakeBack{Reason: "应由本级办理"})
			if diff := cmp.Diff(want, s.running(1)); diff != "" {
				t.Errorf("clocks of the delegating unit (-before +after):\n%s", diff)
			}
			for _, a := range s.tk.Assignments[1:] {
				if a.State.Live() || len(s.running(a.No)) != 0 {
					t.Errorf("assignment %d is %s with %v", a.No, a.State, s.running(a.No))
				}
			}
			duty, _ := s.tk.Duty()
			if duty.Unit != county || duty.Assignment != 1 || s.tk.State() != Handling {
				t.Errorf("%s, owed by %+v", s.tk.State(), duty)
			}
			s.do(county, Draft{Text: "已办", Solved: "solved"})
			s.do(county, SignOff{})
			if s.tk.State() != Replied {
				t.Errorf("the answer leads to %s", s.tk.State())
			}
		})
	}
}

// The record says who took it back and why.
func TestTakeBackRecord(t *testing.T) {
	t.Parallel()
	s := begin(t).delegated()
	s.do(county, TakeBack{Reason: "应由本级办理"})
	r := s.records[len(s.records)-1]
	e, ok := r.Event.(TakenBack)
	if want := (By{Account: staffOf(county).Account, Unit: county, Role: Handler}); !ok || r.By != want || r.At != s.now || e.Assignment != 1 {
		t.Errorf("recorded %+v", r)
	}
	if texts := Texts(e); len(texts) != 1 || texts[0].Body != "应由本级办理" {
		t.Errorf("the record's texts are %v", texts)
	}
}

func TestTakeBackRefused(t *testing.T) {
	t.Parallel()
	s := begin(t)
	why := TakeBack{Reason: "应由本级办理"}
	s.refused(county, why, errs.Conflict, "state")
	s.do(center, Dispatch{Lead: county})
	s.refused(county, why, errs.Conflict, "assignment_state")
	s.do(county, Delegate{Lead: countyDept})
	s.refused(county, TakeBack{Reason: " "}, errs.Invalid, "invalid_field")
	s.refused(countyDept, why, errs.Conflict, "assignment_state")
	s.refused(deptA, why, errs.Denied, "unit")
	s.do(countyDept, Delegate{Lead: township})
	s.do(township, Sign{})
	s.do(township, Draft{Text: "已办", Solved: "solved"})
	s.refused(county, why, errs.Conflict, "reply_drafted")
	s.refused(countyDept, why, errs.Conflict, "reply_drafted")
	s.do(township, SignOff{})
	s.refused(countyDept, why, errs.Conflict, "assignment_state")
	s.do(county, why) // what came back to the unit between is not yet its reply
}

// Whoever was contacted already need not be contacted again; and a contact
// that was due meanwhile gets a new limit.
func TestTakeBackContact(t *testing.T) {
	t.Parallel()
	reached := Contact{Way: "phone", Reached: true}
	for name, tt := range map[string]struct {
		by   UnitID
		wait Instant
		want bool
	}{
		"by the unit below":      {by: township},
		"by the delegating unit": {by: county},
		"by nobody, long ago":    {wait: 48 * hour, want: true},
	} {
		s := begin(t).delegated()
		s.do(township, Sign{})
		if tt.by != 0 {
			s.do(tt.by, reached)
		}
		s.now += tt.wait
		s.do(county, TakeBack{Reason: "应由本级办理"})
		due, owed := s.running(1)[StepContact]
		if owed != tt.want || owed && due != s.now+24*hour {
			t.Errorf("%s: contact owed %v, due in %d h", name, owed, (due-s.now)/hour)
		}
	}
}

// A reply that was sent back is no reply any more: it can be done by the
// delegating unit itself.
func TestTakeBackAfterReply(t *testing.T) {
	t.Parallel()
	s := begin(t).delegated()
	s.do(township, Sign{})
	s.do(township, Draft{Text: "已办", Solved: "solved", Override: "急"})
	s.do(township, SignOff{})
	s.refused(county, TakeBack{Reason: "应由本级办理"}, errs.Conflict, "assignment_state")
	s.do(county, SendBackPart{On{2}, "再办"})
	s.do(county, TakeBack{Reason: "应由本级办理"})
	if duty, _ := s.tk.Duty(); duty.Assignment != 1 || duty.Clock.Step != StepHandle || len(s.running(2)) != 0 {
		t.Errorf("owed by %+v under %+v, the unit below has %v", duty, duty.Clock, s.running(2))
	}
}

// A delegation that was returned gives the contact back with the matter.
func TestReturnedContact(t *testing.T) {
	t.Parallel()
	for name, contacted := range map[string]bool{"nobody called": false, "the unit below called": true} {
		s := begin(t).delegated()
		s.do(township, Sign{})
		if contacted {
			s.do(township, Contact{Way: "phone", Reached: true})
		}
		s.do(township, RequestReturn{Code: "c1", Reason: "不归我管", Basis: "三定"})
		s.do(county, DecideReturn{Verdict{Approve: true}})
		if _, owed := s.running(1)[StepContact]; owed == contacted {
			t.Errorf("%s: the delegating unit owes a call: %v", name, owed)
		}
	}
}

// Whoever helped in a delegation that its lead returned is waited for, and is
// out of the matter with the reply that did not wait.
func TestLeftOverCoHandlers(t *testing.T) {
	t.Parallel()
	s := begin(t).delegated()
	s.do(township, RequestReturn{Code: "c1", Reason: "不归我管", Basis: "三定"})
	s.do(county, DecideReturn{Verdict{Approve: true}})
	s.refused(county, Draft{Text: "已办", Solved: "solved"}, errs.Conflict, "co_handlers")
	s.do(county, Draft{Text: "已办", Solved: "solved", Override: "急"})
	s.do(county, SignOff{})
	if a := s.tk.Assignment(3); a.State != ACancelled || len(s.running(3)) != 0 {
		t.Errorf("the co-handler is %s with %v", a.State, s.running(3))
	}
}
