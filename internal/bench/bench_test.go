package bench_test

import (
	"context"
	"testing"
	"time"

	"huiyin/internal/bench"
	"huiyin/internal/casework"
	"huiyin/internal/crypt"
	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/demo"
	"huiyin/internal/org"
	"huiyin/internal/search"
)

func loop(tb testing.TB, d *db.DB, mode string, tickets int) bench.Loop {
	tb.Helper()
	if err := demo.Fill(tb.Context(), d, demo.Options{}); err != nil {
		tb.Fatal(err)
	}
	city, err := org.NewLive(tb.Context(), d)
	if err != nil {
		tb.Fatal(err)
	}
	cases := casework.New(casework.Config{DB: d, City: city, Keys: crypt.Ephemeral(), Index: search.New(d.Engine()), Clock: time.Now})
	bare := func(context.Context) (*db.DB, func() error, error) {
		return dbtest.Open(tb, d.Engine()), func() error { return nil }, nil
	}
	return bench.Loop{Tickets: tickets, Mode: mode, Actors: 64, Cases: cases, City: city, Store: d, Bare: bare}
}

// TestLoop: a measurement drives what it says it does, and leaves evidence
// that verifies.
func TestLoop(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"steps", "history"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			dbtest.Run(t, func(t *testing.T, d *db.DB) {
				r, err := loop(t, d, mode, 40).Run(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if r.Steps < 40 || r.StepsPerS <= 0 || r.BareRatio <= 0 {
					t.Errorf("result %+v", r)
				}
				report, err := casework.Verify(t.Context(), d, nil)
				if err != nil || report.Tickets != 40 {
					t.Errorf("%d tickets, %v", report.Tickets, err)
				}
			})
		})
	}
}

func BenchmarkLoop(b *testing.B) {
	for _, mode := range []string{"steps", "history"} {
		b.Run(mode, func(b *testing.B) {
			l := loop(b, dbtest.Open(b, db.SQLite), mode, b.N)
			b.ResetTimer()
			if err := l.Fill(b.Context()); err != nil {
				b.Fatal(err)
			}
		})
	}
}
