package casework_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/casework"
	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/errs"
	"huiyin/internal/requester"
	"huiyin/internal/ticket"
)

// tray is an outbox that keeps what is put into it; refusing, it takes nothing.
type tray struct {
	mu       sync.Mutex
	refusing bool
	list     []casework.NoticeID
}

func (o *tray) Queue(_ context.Context, tx *db.Tx, n casework.NoticeID) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.refusing {
		return errors.New("no room")
	}
	tx.AfterCommit(func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.list = append(o.list, n)
	})
	return nil
}

// told returns what was queued of a ticket.
func (o *tray) told(id int64) []casework.About {
	o.mu.Lock()
	defer o.mu.Unlock()
	var list []casework.About
	for _, n := range o.list {
		if n.Ticket == id {
			list = append(list, n.About)
		}
	}
	return list
}

func (o *tray) last() casework.NoticeID {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.list[len(o.list)-1]
}

// withTray is a town whose notices go into a tray.
func withTray(t *testing.T, d *db.DB) (*town, *tray) {
	t.Helper()
	w, o := setup(t, d), &tray{}
	w.Service = w.With(o)
	return w, o
}

// written is a matter of somebody who left an e-mail address.
func written(title string) casework.Matter {
	m := matter(title)
	m.Person = requester.Person{Kind: requester.Individual, Name: "欧阳小明", Email: "ouyang@example.com"}
	return m
}

func (w *town) submitted(t *testing.T, m casework.Matter) ticket.Ticket {
	t.Helper()
	r, err := w.Submit(t.Context(), actor(center), m, "")
	if err != nil {
		t.Fatal(err)
	}
	return r.Ticket
}

// TestNoticesQueued: what a requester is told of is queued with it, once.
func TestNoticesQueued(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w, o := withTray(t, d)
		online := written("路灯")
		online.Channel = ticket.Website
		tk := w.submitted(t, online)
		w.do(t, center, tk.ID, ticket.AskInfo{Question: "请写明路口"})
		w.do(t, 0, tk.ID, ticket.Supply{Text: "东街口"})
		w.do(t, center, tk.ID, ticket.Accept{})
		w.do(t, center, tk.ID, ticket.Dispatch{Lead: deptA, CoHandlers: []ticket.UnitID{deptB}})
		w.do(t, deptA, tk.ID, ticket.Sign{})
		w.do(t, deptB, tk.ID, ticket.Sign{})
		for _, unit := range []ticket.UnitID{deptA, deptB} { // the co-handler's is nobody's concern
			w.do(t, unit, tk.ID, ticket.RequestExtension{Days: 2, Reason: "须施工"})
			decide(t, w, tk.ID, unit)
		}
		w.do(t, deptA, tk.ID, ticket.RequestSuspension{Until: ticket.At(w.now.AddDate(0, 1, 0)), Reason: "待立项", Interim: "已列入计划"})
		w.do(t, center, tk.ID, ticket.DecideSuspension{Verdict: ticket.Verdict{On: ticket.On{Assignment: 1}, Approve: true}})
		w.do(t, deptA, tk.ID, ticket.Resume{})
		w.do(t, deptB, tk.ID, ticket.Draft{Text: "已配合。", Solved: "solved"})
		w.do(t, deptB, tk.ID, ticket.SignOff{})
		w.do(t, deptA, tk.ID, ticket.Draft{Text: "已修好。", Solved: "solved"})
		w.do(t, deptA, tk.ID, ticket.SignOff{})
		w.do(t, 0, tk.ID, ticket.Rate{Result: ticket.Satisfied, Process: ticket.Satisfied})
		w.do(t, center, tk.ID, ticket.FollowUp{Reached: true, Contacted: true, Solved: true, Grade: ticket.Satisfied})
		w.do(t, 0, tk.ID, ticket.RequestReview{Reason: "又坏了"})
		w.do(t, center, tk.ID, ticket.DecideReview{Note: "系另一处"})
		want := []casework.About{
			casework.Received, casework.Asked, casework.Extended, casework.Suspended, casework.Answered, casework.Finished, casework.ReviewRefused,
		}
		if diff := cmp.Diff(want, o.told(tk.ID)); diff != "" {
			t.Error(diff)
		}
		out, err := w.Outbound(t.Context(), actor(center), tk.Number)
		if err != nil || len(out) != len(want) || out[0].State != casework.OutQueued {
			t.Errorf("%+v, %v", out, err)
		}
		if _, err := w.Outbound(t.Context(), actor(county), tk.Number); !errs.Is(err, errs.NotFound) {
			t.Errorf("out of sight: %v", err)
		}
	})
}

// decide settles what a unit asked for, whichever its assignment is.
func decide(t *testing.T, w *town, id int64, unit ticket.UnitID) {
	t.Helper()
	for no := 1; no <= 2; no++ {
		cmd := ticket.DecideExtension{Verdict: ticket.Verdict{On: ticket.On{Assignment: no}, Approve: true}}
		if _, err := w.Do(t.Context(), actor(center), id, cmd, casework.Options{}); err == nil {
			return
		}
	}
	t.Fatalf("the request of unit %d was not decided", unit)
}

// TestNotTold: whoever left no address, anonymous requesters and history are
// not told; without an outbox nobody is.
func TestNotTold(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w, o := withTray(t, d)
		phone := w.submit(t, "路灯")
		nobody := matter("路灯")
		nobody.Person = requester.Person{Kind: requester.Anonymous}
		anonymous := w.submitted(t, nobody)
		if _, err := w.At(w.clock).Submit(t.Context(), actor(center), written("往年"), ""); err != nil {
			t.Fatal(err)
		}
		if _, err := w.With(nil).Submit(t.Context(), actor(center), written("无邮件"), ""); err != nil {
			t.Fatal(err)
		}
		if len(o.list) > 0 {
			t.Errorf("told: %+v (%d, %d)", o.list, phone.ID, anonymous.ID)
		}
		var n int64
		if err := d.QueryRow(t.Context(), `SELECT COUNT(*) FROM outbound`).Scan(&n); err != nil || n > 0 {
			t.Errorf("%d outbound, %v", n, err)
		}
	})
}

// TestTooMany: nobody is buried under receipts that somebody else asks for.
func TestTooMany(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w, o := withTray(t, d)
		var last ticket.Ticket
		for i := range 25 {
			m := written("路灯")
			m.Person.Name = fmt.Sprint("假名", i) // another person at the same address
			last = w.submitted(t, m)
			w.wait(time.Minute)
		}
		if len(o.list) != 20 {
			t.Errorf("%d receipts", len(o.list))
		}
		out, err := w.Outbound(t.Context(), actor(center), last.Number)
		if err != nil || len(out) != 1 || out[0].State != casework.OutDropped {
			t.Errorf("the last: %+v, %v", out, err)
		}
		w.do(t, center, last.ID, ticket.Reject{Code: "court"}) // is told: nobody else can make it happen
		other := written("井盖")
		other.Person.Email = "lin@example.com"
		w.submitted(t, other)
		w.wait(24 * time.Hour)
		w.submitted(t, written("路灯"))
		if len(o.list) != 23 {
			t.Errorf("%d notices", len(o.list))
		}
	})
}

// TestWithTheChange: a notice that cannot be queued takes the change back.
func TestWithTheChange(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w, o := withTray(t, d)
		o.refusing = true
		if _, err := w.Submit(t.Context(), actor(center), written("路灯"), ""); err == nil {
			t.Fatal("submitted without its receipt")
		}
		var n int64
		if err := d.QueryRow(t.Context(), `SELECT COUNT(*) FROM ticket`).Scan(&n); err != nil || n > 0 {
			t.Errorf("%d tickets, %v", n, err)
		}
	})
}

// TestLetter: a letter holds what its notice says; what has ended, or asks for
// what is over, is not written.
func TestLetter(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w, o := withTray(t, d)
		online := written("路灯")
		online.Channel = ticket.Website
		tk := w.submitted(t, online)
		receipt := o.last()
		got := letter(t, w, receipt)
		want := casework.Letter{NoticeID: receipt, To: "ouyang@example.com", Number: tk.Number, Code: w.Code(tk.ID), At: tk.SubmittedAt}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		w.wait(time.Minute)
		letter(t, w, receipt) // another attempt
		end(t, w, receipt, casework.OutSent, 250)
		noLetter(t, w, receipt)
		end(t, w, receipt, casework.OutFailed, 550) // it has ended already

		w.do(t, center, tk.ID, ticket.AskInfo{Question: "请写明路口"})
		asked := o.last()
		if l := letter(t, w, asked); l.Until <= ticket.At(w.now) {
			t.Errorf("awaited until %d", l.Until)
		}
		w.do(t, 0, tk.ID, ticket.Supply{Text: "东街口"})
		noLetter(t, w, asked)
		w.do(t, center, tk.ID, ticket.Reject{Code: "court"})
		refused := o.last()
		if l := letter(t, w, refused); l.Reason == "" || l.Instead == "" {
			t.Errorf("refusal: %+v", l)
		}
		erase(t, d)
		noLetter(t, w, refused)
		var states []string
		out, err := w.Outbound(t.Context(), actor(center), tk.Number)
		for _, s := range out {
			states = append(states, fmt.Sprint(s.About, " ", s.State, " ", s.Attempts, " ", s.Code))
		}
		if diff := cmp.Diff([]string{"received sent 2 250", "asked dropped 1 0", "rejected dropped 2 0"}, states); err != nil || diff != "" {
			t.Error(err, diff)
		}
	})
}

func letter(t *testing.T, w *town, n casework.NoticeID) casework.Letter {
	t.Helper()
	l, ok, err := w.Letter(t.Context(), n)
	if err != nil || !ok {
		t.Fatalf("%+v: %v, %v", n, ok, err)
	}
	return l
}

func noLetter(t *testing.T, w *town, n casework.NoticeID) {
	t.Helper()
	if l, ok, err := w.Letter(t.Context(), n); ok || err != nil || l.To != "" {
		t.Errorf("%+v: %+v, %v", n, l, err)
	}
}

func end(t *testing.T, w *town, n casework.NoticeID, state casework.OutState, code int) {
	t.Helper()
	if err := w.EndNotice(t.Context(), n, state, code); err != nil {
		t.Fatal(err)
	}
}

// erase takes the keys of all people, and so their addresses.
func erase(t *testing.T, d *db.DB) {
	t.Helper()
	err := d.Update(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE requester SET key_wrapped = NULL`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
