package org_test

import (
	"testing"

	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/demo"
	"huiyin/internal/org"
)

// whole loads the demo city: 1,341 units and 2,879 accounts.
func whole(t testing.TB, d *db.DB) *org.Live {
	t.Helper()
	if err := demo.Fill(t.Context(), d, demo.Options{}); err != nil {
		t.Fatal(err)
	}
	live, err := org.NewLive(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return live
}

func BenchmarkFindUnits(b *testing.B) {
	dir := whole(b, dbtest.Open(b, db.SQLite)).Current()
	for _, query := range []string{"城管", "s", "glqsc", "guanliju", "zzzzz"} {
		b.Run(query, func(b *testing.B) {
			for b.Loop() {
				dir.FindUnits(query, 0, 12)
			}
		})
	}
}

func BenchmarkFindUnitsFirst(b *testing.B) {
	d := dbtest.Open(b, db.SQLite)
	live := whole(b, d)
	for b.Loop() {
		b.StopTimer()
		if err := live.Reload(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		live.Current().FindUnits("glqsc", 0, 12)
	}
}
