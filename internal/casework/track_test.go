package casework_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/casework"
	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/errs"
	"huiyin/internal/ticket"
)

// TestNotices: the requester is told what becomes of the matter beside the
// reply, and the public is not told the words of it.
func TestNotices(t *testing.T) {
	t.Parallel()
	until := ticket.At(time.Date(2026, 6, 1, 1, 0, 0, 0, time.UTC))
	atWork := []move{{center, ticket.Accept{}}, {center, ticket.Dispatch{Lead: deptA}}, {deptA, ticket.Sign{}}}
	closed := append(slices.Clone(atWork),
		move{deptA, ticket.Draft{Text: "已修好。", Solved: "solved"}}, move{deptA, ticket.SignOff{}},
		move{0, ticket.Rate{Result: ticket.Satisfied, Process: ticket.Satisfied}},
		move{center, ticket.FollowUp{Reached: true, Solved: true, Grade: ticket.Satisfied}},
		move{0, ticket.RequestReview{Reason: "又坏了"}})
	yes, no := ticket.Verdict{Approve: true, Note: "情况属实"}, ticket.Verdict{Note: "没有新的事实"}
	scenes := map[string]struct {
		moves []move
		want  []casework.Notice
	}{
		"refused": {
			[]move{{center, ticket.Reject{Code: "emergency_110", Note: "已转接"}}},
			[]casework.Notice{{About: casework.Refused, Reason: "属于警情", Instead: "请立即拨打 110", Text: "已转接"}},
		},
		"suspended": {
			append(slices.Clone(atWork), move{deptA, ticket.RequestSuspension{Until: until, Reason: "待立项", Interim: "已列入明年计划。"}},
				move{center, ticket.DecideSuspension{Verdict: yes}}),
			[]casework.Notice{{About: casework.Suspended, Until: until, Text: "已列入明年计划。"}},
		},
		"extended": {
			append(slices.Clone(atWork), move{deptA, ticket.RequestExtension{Days: 3, Reason: "须施工"}},
				move{center, ticket.DecideExtension{Verdict: yes}}),
			[]casework.Notice{{About: casework.Extended, Days: 3, Text: "须施工"}},
		},
		"not extended": {
			append(slices.Clone(atWork), move{deptA, ticket.RequestExtension{Days: 3, Reason: "须施工"}},
				move{center, ticket.DecideExtension{Verdict: no}}), nil,
		},
		"reviewed": {
			append(slices.Clone(closed), move{center, ticket.DecideReview{Approve: true, Note: "情况属实"}}),
			[]casework.Notice{{About: casework.ReviewGranted, Text: "情况属实"}},
		},
		"not reviewed": {
			append(slices.Clone(closed), move{center, ticket.DecideReview{Note: "没有新的事实"}}),
			[]casework.Notice{{About: casework.ReviewRefused, Text: "没有新的事实"}},
		},
	}
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		for name, scene := range scenes {
			tk := w.submit(t, "路灯不亮")
			for _, m := range scene.moves {
				w.do(t, m.by, tk.ID, m.cmd)
			}
			track, err := w.Track(t.Context(), tk.ID)
			if err != nil {
				t.Fatal(err)
			}
			for i := range track.Notices {
				if track.Notices[i].At == 0 {
					t.Errorf("%s: when?", name)
				}
				track.Notices[i].At = 0
			}
			if diff := cmp.Diff(scene.want, track.Notices); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
			public, err := w.Published(t.Context(), tk.Number)
			if err != nil {
				t.Fatal(err)
			}
			for i := range public.Notices {
				public.Notices[i].At = 0
			}
			wordless := slices.Clone(scene.want)
			for i := range wordless {
				wordless[i].Text = ""
			}
			if diff := cmp.Diff(wordless, public.Notices); diff != "" {
				t.Errorf("%s, to the public (-want +got):\n%s", name, diff)
			}
		}
	})
}

type move struct {
	by  ticket.UnitID
	cmd ticket.Command
}

// TestRecordedElsewhere: a county center goes on seeing what its agent took
// down for the city center, unless it is confidential.
func TestRecordedElsewhere(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		agent := ticket.Actor{Account: 90, Unit: county, Roles: []ticket.Role{ticket.Agent}}
		r, err := w.Submit(t.Context(), agent, matter("路灯不亮"), "")
		if err != nil {
			t.Fatal(err)
		}
		sees := func(unit ticket.UnitID) bool {
			who := ticket.Actor{Account: 90, Unit: unit, Roles: []ticket.Role{ticket.Agent}}
			p, err := w.List(t.Context(), who, casework.Filter{})
			if err != nil {
				t.Fatal(err)
			}
			_, err = w.Open(t.Context(), who, r.Ticket.Number)
			if err != nil && !errs.Is(err, errs.NotFound) {
				t.Fatal(err)
			}
			if (err == nil) != (len(p.Items) == 1) {
				t.Errorf("unit %d: list and page do not agree: %v, %d listed", unit, err, len(p.Items))
			}
			return err == nil
		}
		if !sees(county) || sees(township) || sees(deptA) {
			t.Error("only the county center and the city center may see it")
		}
		if _, err := w.Do(t.Context(), agent, r.Ticket.ID, ticket.Urge{Note: "来电询问进度"}, casework.Options{}); err != nil {
			t.Error(err)
		}
		w.do(t, center, r.Ticket.ID, ticket.SetConfidential{Confidential: true})
		if sees(county) {
			t.Error("confidential, and still seen by who took it down")
		}
	})
}
