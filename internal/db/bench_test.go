package db_test

import (
	"context"
	"path/filepath"
	"sync/atomic"
	"testing"

	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
)

// rowsEach is how many rows a benchmark's transaction writes.
const rowsEach = 8

// BenchmarkUpdate measures transactions of 8 rows: from 64 callers at once,
// whose commits are shared on SQLite; from one, who waits for each; and as much
// as fits into one transaction, which is the store's own limit.
func BenchmarkUpdate(b *testing.B) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		b.Run(string(engine)+"/64-callers", func(b *testing.B) {
			d := benchStore(b, engine)
			var next atomic.Int64
			b.SetParallelism(32)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := writeSome(b.Context(), d, next.Add(rowsEach), rowsEach); err != nil {
						b.Error(err)
					}
				}
			})
			perSecond(b)
		})
		b.Run(string(engine)+"/1-caller", func(b *testing.B) {
			d := benchStore(b, engine)
			for i := range b.N {
				if err := writeSome(b.Context(), d, int64(i*rowsEach), rowsEach); err != nil {
					b.Fatal(err)
				}
			}
			perSecond(b)
		})
		b.Run(string(engine)+"/bulk", func(b *testing.B) {
			d := benchStore(b, engine)
			if err := writeSome(b.Context(), d, 0, b.N*rowsEach); err != nil {
				b.Fatal(err)
			}
			perSecond(b)
		})
	}
}

func perSecond(b *testing.B) {
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tx/s")
}

func benchStore(b *testing.B, engine db.Engine) *db.DB {
	b.Helper()
	c := db.Config{Path: filepath.Join(b.TempDir(), "bench.db")}
	if engine == db.Postgres {
		c.URL = dbtest.URL(b)
	}
	d, err := db.Open(b.Context(), c)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := d.Close(); err != nil {
			b.Error(err)
		}
	})
	err = d.Update(b.Context(), func(tx *db.Tx) error { _, err := tx.Exec(b.Context(), table); return err })
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	return d
}

func writeSome(ctx context.Context, d *db.DB, from int64, n int) error {
	return d.Update(ctx, func(tx *db.Tx) error {
		for i := range int64(n) {
			if _, err := tx.Exec(ctx, `INSERT INTO thing (id, word) VALUES ($1, $2)`, from+i, "件件有回音"); err != nil {
				return err
			}
		}
		return nil
	})
}

// BenchmarkQueryRow measures a look-up by key on the readers.
func BenchmarkQueryRow(b *testing.B) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		b.Run(string(engine), func(b *testing.B) {
			d := benchStore(b, engine)
			if err := writeSome(b.Context(), d, 0, 1000); err != nil {
				b.Fatal(err)
			}
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				var word string
				for id := int64(0); pb.Next(); id = (id + 7) % 1000 {
					if err := d.QueryRow(b.Context(), `SELECT word FROM thing WHERE id = $1`, id).Scan(&word); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
