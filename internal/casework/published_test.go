package casework_test

import (
	"strings"
	"testing"
	"time"

	"huiyin/internal/casework"
	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/ticket"
)

// published makes a ticket whose words a reviewer published, others than the
// requester wrote.
func (w *town) published(t testing.TB, title, public string) ticket.Ticket {
	t.Helper()
	made := w.submit(t, title)
	w.toReplied(t, made.ID)
	return w.do(t, center, made.ID, ticket.Publish{Title: public, Body: public + "，请处理。", Reply: "已处理。"})
}

func TestPublishedList(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		first := w.published(t, "欧阳小明家门口路灯不亮", "某小区门口路灯不亮")
		w.submit(t, "没有公开的路灯不亮")
		second := w.published(t, "路灯不亮又一处", "某路段路灯不亮")
		list := func(f casework.PublishedFilter) string {
			p, err := w.PublishedList(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			var numbers []string
			for _, i := range p.Items {
				numbers = append(numbers, i.Number)
			}
			if p.Next != "" {
				f.Cursor = p.Next
				more, err := w.PublishedList(t.Context(), f)
				if err != nil {
					t.Fatal(err)
				}
				for _, i := range more.Items {
					numbers = append(numbers, "+"+i.Number)
				}
			}
			return strings.Join(numbers, " ")
		}
		both := second.Number + " " + first.Number
		for name, c := range map[string]struct {
			filter casework.PublishedFilter
			want   string
		}{
			"all":              {casework.PublishedFilter{}, both},
			"words":            {casework.PublishedFilter{Query: "路灯"}, both},
			"words of one":     {casework.PublishedFilter{Query: "小区门口"}, ""}, // the requester did not write them together
			"private words":    {casework.PublishedFilter{Query: "小明"}, ""},
			"another category": {casework.PublishedFilter{Category: "c2"}, ""},
			"another kind":     {casework.PublishedFilter{Kind: ticket.Praise}, ""},
			"pages":            {casework.PublishedFilter{Limit: 1}, second.Number + " +" + first.Number},
		} {
			if got := list(c.filter); got != c.want {
				t.Errorf("%s: got %q, want %q", name, got, c.want)
			}
		}
		p, err := w.PublishedList(t.Context(), casework.PublishedFilter{Limit: 1})
		if err != nil || p.Items[0].Title != "某路段路灯不亮" || p.Items[0].Excerpt != "某路段路灯不亮，请处理。" {
			t.Errorf("shown as %+v, %v", p.Items, err)
		}
		w.do(t, center, second.ID, ticket.Unpublish{})
		if got := list(casework.PublishedFilter{}); got != first.Number {
			t.Errorf("after one was withdrawn: %q", got)
		}
	})
}

func TestPublishProposal(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		m := matter("欧阳小明反映路灯不亮")
		m.Body = "请联系欧阳小明，电话13800001234。"
		m.Person.Name = "欧阳小明"
		r, err := w.Submit(t.Context(), ticket.TheRequester(), m, "")
		if err != nil {
			t.Fatal(err)
		}
		title, body, _, err := w.PublishProposal(t.Context(), actor(center), r.Ticket.Number)
		if err != nil || strings.Contains(title+body, "欧阳小明") || strings.Contains(body, "1380000") || !strings.Contains(title, "路灯不亮") {
			t.Errorf("proposed %q, %q, %v", title, body, err)
		}
		w.toReplied(t, r.Ticket.ID)
		if _, _, reply, err := w.PublishProposal(t.Context(), actor(center), r.Ticket.Number); err != nil || reply != "" {
			t.Errorf("what was written for the requester is proposed: %q, %v", reply, err)
		}
		stranger := w.submit(t, "别处的路灯")
		if _, _, _, err := w.PublishProposal(t.Context(), actor(deptB), stranger.Number); err == nil {
			t.Error("proposed to somebody who does not know of the ticket")
		}
	})
}

func TestToday(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		w.toReplied(t, w.submit(t, "路灯不亮").ID)
		w.do(t, 0, w.submit(t, "井盖松动").ID, ticket.Withdraw{})
		w.wait(time.Minute)
		got, err := w.Today(t.Context())
		if err != nil || got.Submitted != 2 || got.Replied != 1 || got.Closed != 0 {
			t.Errorf("today %+v, %v", got, err)
		}
		w.wait(24 * time.Hour)
		got, err = w.Today(t.Context())
		if err != nil || got.Submitted != 0 || got.Replied != 0 {
			t.Errorf("the day after %+v, %v", got, err)
		}
	})
}
