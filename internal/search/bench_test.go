package search_test

import (
	"context"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/search"
)

// benchDocs is how many documents the index of a benchmark holds:
// HUIYIN_BENCH_DOCS, or enough to have merged once.
func benchDocs(b *testing.B) int64 {
	s := os.Getenv("HUIYIN_BENCH_DOCS")
	if s == "" {
		return 10_000
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// BenchmarkIndex fills an index and reports how fast, at the start and at the
// end, then measures each way of using it with so many documents there.
func BenchmarkIndex(b *testing.B) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		b.Run(string(engine), func(b *testing.B) {
			d, c, n := dbtest.Open(b, engine), newCorpus(7), benchDocs(b)
			x := search.New(engine)
			b.Run("Fill", func(b *testing.B) { benchFill(b, d, x, c, n) })
			for name, query := range map[string]string{
				"HalfOfAll": "12345", "TwelfthOfAll": "朝阳路", "ThreeWords": "路灯 朝阳路 12345", "OneCharacter": "水",
				"Never": "从未有过的词", "NeverTogether": "路灯 井盖", "OneWordEverywhere": "的",
			} {
				b.Run("Candidates/"+name, func(b *testing.B) { benchQuery(b, d, x, n, func(int) string { return query }) })
			}
			r := rand.New(rand.NewPCG(1, 2))
			rare := make([]string, 1000)
			for i := range rare {
				rare[i] = c.rare(r)
			}
			b.Run("Candidates/Rare", func(b *testing.B) { benchQuery(b, d, x, n, func(i int) string { return rare[i%len(rare)] }) })
			last := n
			b.Run("AddAlone", func(b *testing.B) { benchAdd(b, d, x, c, &last) })
		})
	}
}

// benchFill adds documents from 16 callers, 20 a transaction.
func benchFill(b *testing.B, d *db.DB, x *search.Index, c *corpus, n int64) {
	const callers, group = 16, 20
	tenth := max(n/10, group)
	texts := make([][2]string, tenth)
	rates := []float64{}
	for from := int64(1); from <= n; from += tenth {
		for i := range texts {
			texts[i][0], texts[i][1] = c.doc(from + int64(i))
		}
		start := time.Now()
		var next atomic.Int64
		var wg sync.WaitGroup
		for range callers {
			wg.Go(func() {
				for at := next.Add(group) - group; at < tenth; at = next.Add(group) - group {
					update(b, d, func(tx *db.Tx) error {
						for i := at; i < min(at+group, tenth); i++ {
							if err := x.Add(context.Background(), tx, from+i, texts[i][0], texts[i][1]); err != nil {
								return err
							}
						}
						return nil
					})
				}
			})
		}
		wg.Wait()
		rates = append(rates, float64(tenth)/time.Since(start).Seconds())
	}
	b.Logf("documents a second, tenth by tenth: %.0f", rates)
	b.ReportMetric(rates[0], "docs/s-first")
	b.ReportMetric(rates[len(rates)-1], "docs/s-last")
	b.ReportMetric(float64(stored(b, d))/float64(n), "bytes/doc")
}

// stored is the size of the index's pages.
func stored(b *testing.B, d *db.DB) (size int64) {
	if err := d.QueryRow(b.Context(), `SELECT COALESCE(SUM(LENGTH(data)), 0) FROM search_page`).Scan(&size); err != nil {
		b.Fatal(err)
	}
	return size
}

// benchQuery asks for the newest 1,000, from the top and from the middle, and
// reports the 95th percentile.
func benchQuery(b *testing.B, d *db.DB, x *search.Index, n int64, query func(i int) string) {
	var times []time.Duration
	found := 0
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		ids, err := newest(b.Context(), x, d, query(i), 1000, n*int64(i%2)/2)
		if err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(start))
		found += len(ids)
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)*95/100].Microseconds())/1000, "p95-ms")
	b.ReportMetric(float64(found)/float64(len(times)), "found")
}

// benchAdd adds one document a transaction, one after the other.
func benchAdd(b *testing.B, d *db.DB, x *search.Index, c *corpus, last *int64) {
	var times []time.Duration
	for b.Loop() {
		*last++
		title, body := c.doc(*last)
		start := time.Now()
		update(b, d, func(tx *db.Tx) error { return x.Add(context.Background(), tx, *last, title, body) })
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(times[len(times)-1].Microseconds())/1000, "max-ms")
}
