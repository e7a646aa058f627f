package casework_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/casework"
	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/ticket"
)

// TestSimilar: open tickets with a title alike are found, the most alike
// first, by those who may see them.
func TestSimilar(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		same := w.submit(t, "东街口十字路口路灯不亮")
		alike := w.submit(t, "东街口的路灯坏了，整晚不亮")
		fees := w.submit(t, "小区物业乱收停车费")
		ended := w.submit(t, "东街口路灯不亮")
		w.do(t, 0, ended.ID, ticket.Withdraw{})
		hidden := w.submit(t, "举报东街口路灯不亮系承包商偷工减料")
		w.do(t, center, hidden.ID, ticket.Accept{})
		w.do(t, center, hidden.ID, ticket.SetConfidential{Confidential: true})
		w.do(t, center, same.ID, ticket.Accept{})
		w.do(t, center, same.ID, ticket.Dispatch{Lead: deptA})
		for name, tc := range map[string]struct {
			unit ticket.UnitID
			m    casework.Subject
			want []string
		}{
			"by title":         {center, casework.Subject{Title: "东街口路灯不亮了"}, []string{hidden.Number, same.Number, alike.Number}},
			"by body":          {center, casework.Subject{Body: "东街口路灯不亮了"}, []string{hidden.Number, same.Number, alike.Number}},
			"not itself":       {center, casework.Subject{Title: "东街口十字路口路灯不亮", Except: same.Number}, []string{hidden.Number, alike.Number}},
			"within sight":     {deptA, casework.Subject{Title: "东街口路灯不亮了"}, []string{same.Number}},
			"another category": {center, casework.Subject{Title: "东街口的路灯坏了", Category: "c1"}, []string{alike.Number, hidden.Number, same.Number}},
			"another matter":   {center, casework.Subject{Title: "公交车不按时发车", Category: "c1-1", Area: "350102"}, nil},
			"nothing to go by": {center, casework.Subject{Title: "？", Category: "c1-1"}, nil},
			"one character":    {center, casework.Subject{Title: "灯"}, nil},
			"out of all sight": {deptB, casework.Subject{Title: "东街口十字路口路灯不亮"}, nil},
			"hostile text":     {center, casework.Subject{Title: "' OR 1=1 --<script>", Category: "'", Area: "%"}, nil},
			"words and place":  {center, casework.Subject{Title: "物业乱收停车费", Area: "350102"}, []string{fees.Number}},
		} {
			got, err := w.Similar(t.Context(), actor(tc.unit), tc.m)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, numbers(got)); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
	})
}
