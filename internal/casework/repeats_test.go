package casework_test

import (
	"slices"
	"testing"

	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/errs"
	"huiyin/internal/requester"
	"huiyin/internal/ticket"
)

// TestRepeats: an agent finds what a caller asked for before, by any of the
// caller's numbers; only what the agent may see; and the look-up is logged.
func TestRepeats(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		submit := func(title string, p requester.Person) ticket.Ticket {
			m := matter(title)
			p.Kind, p.Name = requester.Individual, "林一一"
			m.Person = p
			r, err := w.Submit(t.Context(), actor(center), m, "")
			if err != nil {
				t.Fatal(err)
			}
			return r.Ticket
		}
		first := submit("路灯不亮", requester.Person{Phone: "13800005678"})
		second := submit("路灯又不亮", requester.Person{Phone: "138-0000-5678", Email: "lin@example.com"})
		other := submit("别人的事", requester.Person{Phone: "13800005679"})
		w.do(t, center, first.ID, ticket.Accept{})
		w.do(t, center, first.ID, ticket.Dispatch{Lead: county})
		find := func(unit ticket.UnitID, p requester.Person) []string {
			items, err := w.Repeats(t.Context(), ticket.Actor{Account: 9, Unit: unit, Roles: []ticket.Role{ticket.Agent}}, p)
			if err != nil {
				t.Fatal(err)
			}
			return numbers(items)
		}
		for name, tc := range map[string]struct {
			unit ticket.UnitID
			by   requester.Person
			want []string
		}{
			"by phone":          {center, requester.Person{Phone: "+86 13800005678"}, []string{second.Number, first.Number}},
			"by e-mail":         {center, requester.Person{Email: "LIN@example.com"}, []string{second.Number}},
			"another caller":    {center, requester.Person{Phone: "13800005679"}, []string{other.Number}},
			"a stranger":        {center, requester.Person{Phone: "13900000000"}, nil},
			"at a county":       {county, requester.Person{Phone: "13800005678"}, []string{first.Number}},
			"at another office": {deptB, requester.Person{Phone: "13800005678"}, nil},
		} {
			if got := find(tc.unit, tc.by); !slices.Equal(got, tc.want) {
				t.Errorf("%s: %v, want %v", name, got, tc.want)
			}
		}
		if _, err := w.Repeats(t.Context(), actor(center), requester.Person{Name: "林一一"}); !errs.Is(err, errs.Invalid) {
			t.Errorf("by a name alone: %v", err)
		}
		handler := ticket.Actor{Account: 9, Unit: county, Roles: []ticket.Role{ticket.Handler}}
		if _, err := w.Repeats(t.Context(), handler, requester.Person{Phone: "13800005678"}); !errs.Is(err, errs.Denied) {
			t.Errorf("a handler: %v", err)
		}
		var logged int
		err := d.QueryRow(t.Context(), `SELECT COUNT(*) FROM access WHERE act = 'find' AND detail LIKE 'phone: _%'`).Scan(&logged)
		if err != nil || logged != 4 {
			t.Errorf("%d look-ups that found a caller by phone in the log, %v", logged, err)
		}
	})
}
