package app

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
)

// TestChores: they come round again and again, not once.
func TestChores(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits for the third round: not in short mode")
	}
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			c := Config{Data: t.TempDir(), Log: slog.New(slog.DiscardHandler)}
			if engine == db.Postgres {
				c.DB = dbtest.EmptyURL(t)
			}
			a, err := Open(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			defer a.Close()
			ctx, end := context.WithTimeout(t.Context(), 2*time.Minute)
			defer end()
			work, stop := context.WithCancel(ctx)
			stopped := make(chan error, 1)
			go func() { stopped <- a.work(work) }()
			for tick := time.NewTicker(100 * time.Millisecond); ; {
				var done int
				err := a.Store.QueryRow(ctx, `SELECT COUNT(*) FROM river_job WHERE kind = 'chore' AND state = 'completed' AND CAST(args AS TEXT) LIKE '%sweep%'`).Scan(&done)
				if err != nil {
					t.Fatalf("%d sweeps: %v", done, err)
				}
				if done >= 3 {
					break
				}
				<-tick.C
			}
			stop()
			if err := <-stopped; err != nil {
				t.Error(err)
			}
		})
	}
}
