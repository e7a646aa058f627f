package search_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/search"
	"huiyin/internal/text"
)

func update(t testing.TB, d *db.DB, fn func(tx *db.Tx) error) {
	t.Helper()
	if err := d.Update(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

// fill adds documents from..to of the corpus and seals every so many.
func fill(t testing.TB, d *db.DB, x *search.Index, c *corpus, from, to, seal int64) {
	t.Helper()
	update(t, d, func(tx *db.Tx) error {
		for id := from; id <= to; id++ {
			title, body := c.doc(id)
			if err := x.Add(context.Background(), tx, id, title, body); err != nil {
				return err
			}
			if id%seal == 0 {
				if err := x.Seal(context.Background(), tx); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// answers reports whether a text has all tokens of the query.
func answers(s, query string) bool {
	tokens := text.AppendTokens(nil, s)
	for _, q := range text.QueryTokens(query) {
		if !slices.ContainsFunc(tokens, func(k string) bool { return k == q.Text || q.Prefix && strings.HasPrefix(k, q.Text) }) {
			return false
		}
	}
	return true
}

// newest returns the newest documents below an id.
func newest(ctx context.Context, x *search.Index, q db.Queryer, query string, limit int, before int64) ([]int64, error) {
	var all []int64
	for len(all) < limit {
		ids, next, err := x.Scan(ctx, q, query, before, limit-len(all))
		all = append(all, ids...)
		if err != nil || next == 0 {
			return all, err
		}
		before = next
	}
	return all, nil
}

func scanAll(ctx context.Context, x *search.Index, q db.Queryer, query string, limit int) ([]int64, error) {
	var all []int64
	for before := int64(0); ; {
		ids, next, err := x.Scan(ctx, q, query, before, limit)
		all = append(all, ids...)
		if err != nil || next == 0 {
			return all, err
		}
		before = next
	}
}

// The same documents and queries: each engine answers exactly what a plain
// look through all texts gives, so they answer alike.
func TestCandidatesAreExactlyThoseWithAllTokens(t *testing.T) {
	t.Parallel()
	const docs = 700
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		x, c := search.New(d.Engine()), newCorpus(1)
		fill(t, d, x, c, 1, docs, 40) // 17 batches, two merges, and some that wait
		r := rand.New(rand.NewPCG(2, 3))
		queries := []string{"路灯", "井盖", "12345", "热线12345", "路灯 停水", "灯", "水 路灯", "没有这个词", "zzz", "人", "１２３４５", "您好，反映"}
		for range 60 {
			queries = append(queries, c.rare(r), part(r, c.text(1+r.Int64N(docs))))
		}
		for _, query := range queries {
			want := descending(docs, func(id int64) bool { return answers(c.text(id), query) })
			got, err := newest(t.Context(), x, d, query, docs, 0)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%q: %s", query, diff)
			}
			if got, err = scanAll(t.Context(), x, d, query, 7); err != nil || !slices.Equal(got, want) {
				t.Errorf("%q in small pieces: %v, %v; want %v", query, got, err, want)
			}
			if got, err = newest(t.Context(), x, d, query, 5, docs/2); err != nil {
				t.Fatal(err)
			}
			below := slices.DeleteFunc(want, func(id int64) bool { return id >= docs/2 })
			if diff := cmp.Diff(below[:min(5, len(below))], got); diff != "" && len(got)+len(below) > 0 {
				t.Errorf("%q below %d: %s", query, docs/2, diff)
			}
		}
	})
}

// part cuts two to six Han characters in a row from a text.
func part(r *rand.Rand, s string) string {
	var runs []string
	for _, run := range strings.FieldsFunc(s, func(c rune) bool { return !unicode.Is(unicode.Han, c) }) {
		if len([]rune(run)) >= 2 {
			runs = append(runs, run)
		}
	}
	run := []rune(runs[r.IntN(len(runs))])
	n := 2 + r.IntN(min(5, len(run)-1))
	at := r.IntN(len(run) - n + 1)
	return string(run[at : at+n])
}

var errRollBack = errors.New("leave nothing behind")

// modelIDs is how many documents a random history is about.
const modelIDs = 60

// step is one change of the index.
type step struct {
	What int // 0, 1, 2: add, if it is not there; 3: seal
	ID   int64
	Text string
}

// do runs a step on the index and on the model of what it should hold.
func do(ctx context.Context, x *search.Index, tx *db.Tx, model map[int64]string, s step) error {
	if s.What == 3 {
		return x.Seal(ctx, tx)
	}
	if _, there := model[s.ID]; there {
		return nil
	}
	model[s.ID] = s.Text
	return x.Add(ctx, tx, s.ID, "", s.Text)
}

// Any sequence of adding, in any order of ids, and sealing leaves the index with
// what the documents say.
func TestIndexFollowsItsDocuments(t *testing.T) {
	t.Parallel()
	words := []string{"停水", "停电", "水电费", "路灯", "app", "12345", "灯", "，", "了", "𠀀字"}
	queries := append([]string{"水", "电 路灯", "水电 12345"}, words...)
	document := rapid.Map(rapid.SliceOfN(rapid.SampledFrom(words), 0, 5), func(w []string) string { return strings.Join(w, "") })
	steps := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
		return step{rapid.IntRange(0, 3).Draw(t, "what"), rapid.Int64Range(1, modelIDs).Draw(t, "id"), document.Draw(t, "text")}
	}), 30, 80) // enough to merge
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		ctx, x := t.Context(), search.New(d.Engine())
		rapid.Check(t, func(rt *rapid.T) {
			drawn := steps.Draw(rt, "steps")
			err := d.Update(ctx, func(tx *db.Tx) error {
				model := map[int64]string{}
				for _, s := range drawn {
					if err := do(ctx, x, tx, model, s); err != nil {
						return err
					}
				}
				return errors.Join(compare(ctx, x, tx, model, queries), errRollBack)
			})
			if err == nil || err.Error() != errRollBack.Error() {
				rt.Fatal(err)
			}
		})
	})
}

func compare(ctx context.Context, x *search.Index, tx *db.Tx, model map[int64]string, queries []string) error {
	for _, query := range queries {
		want := descending(modelIDs, func(id int64) bool {
			s, there := model[id]
			return there && len(text.QueryTokens(query)) > 0 && answers(s, query)
		})
		got, err := scanAll(ctx, x, tx, query, 3)
		if err != nil {
			return err
		}
		if diff := cmp.Diff(want, got); diff != "" {
			return fmt.Errorf("%q: %s", query, diff)
		}
	}
	return nil
}

// A document with a low id that comes late waits below batches that are still to
// be looked at: it must wait for its turn.
func TestLateDocumentKeepsItsPlace(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		ctx, x := t.Context(), search.New(d.Engine())
		update(t, d, func(tx *db.Tx) error {
			for id := int64(2); id <= 7; id++ {
				s := "路灯"
				if id > 2 {
					s = "井盖"
				}
				if err := errors.Join(x.Add(ctx, tx, id, s), x.Seal(ctx, tx)); err != nil {
					return err
				}
			}
			return x.Add(ctx, tx, 1, "路灯又坏了")
		})
		got, err := scanAll(ctx, x, d, "路灯", 1)
		if diff := cmp.Diff([]int64{2, 1}, got); diff != "" || err != nil {
			t.Errorf("%v, %s", err, diff)
		}
	})
}

// A scan finds every document that was there when it began, once, whatever is
// added, sealed and merged meanwhile by several Indexes.
func TestScanBesideWriters(t *testing.T) {
	t.Parallel()
	const writers, each = 4, 150
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		var last atomic.Int64
		var mu sync.Mutex
		stored := map[int64]bool{}
		var wg, readers sync.WaitGroup
		for range writers {
			wg.Go(func() {
				x := search.New(d.Engine())
				for i := range each {
					id := last.Add(1)
					err := d.Update(ctx, func(tx *db.Tx) error {
						if err := x.Add(ctx, tx, id, fmt.Sprintf("第%d件：路灯不亮", id)); err != nil {
							return err
						}
						if i%8 == 0 {
							return x.Seal(ctx, tx)
						}
						return nil
					})
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					stored[id] = true
					mu.Unlock()
				}
			})
		}
		quit := make(chan struct{})
		for range 2 {
			readers.Go(func() {
				for done := false; !done; {
					select {
					case <-quit:
						done = true
					default:
					}
					mu.Lock()
					want := make([]int64, 0, len(stored))
					for id := range stored {
						want = append(want, id)
					}
					mu.Unlock()
					checkScan(t, d, want)
				}
			})
		}
		wg.Wait()
		close(quit)
		readers.Wait()
	})
}

func checkScan(t *testing.T, d *db.DB, want []int64) {
	t.Helper()
	got, err := scanAll(t.Context(), search.New(d.Engine()), d, "路灯不亮", 20)
	if err != nil {
		t.Error(err)
		return
	}
	seen := map[int64]bool{}
	for i, id := range got {
		if i > 0 && id >= got[i-1] {
			t.Errorf("%d after %d", id, got[i-1])
		}
		seen[id] = true
	}
	for _, id := range want {
		if !seen[id] {
			t.Errorf("document %d is missing", id)
		}
	}
}

func TestAddSealsByItselfAndTogetherWithTheRest(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		x := search.New(d.Engine())
		update(t, d, func(tx *db.Tx) error {
			for id := int64(1); id <= 1030; id++ {
				if err := x.Add(t.Context(), tx, id, "停水"); err != nil {
					return err
				}
			}
			return nil
		})
		var waiting, batches int
		if err := d.QueryRow(t.Context(), `SELECT (SELECT COUNT(*) FROM search_pending), (SELECT COUNT(*) FROM search_batch)`).Scan(&waiting, &batches); err != nil {
			t.Fatal(err)
		}
		if waiting != 6 || batches != 1 {
			t.Errorf("%d wait beside %d batches", waiting, batches)
		}
		err := d.Update(t.Context(), func(tx *db.Tx) error {
			if err := x.Add(t.Context(), tx, 5000, "停水"); err != nil {
				return err
			}
			return errRollBack
		})
		if !errors.Is(err, errRollBack) {
			t.Fatal(err)
		}
		got, err := newest(t.Context(), x, d, "停水", 2000, 0)
		if err != nil || len(got) != 1030 {
			t.Errorf("%d documents, %v", len(got), err)
		}
		if err := d.Update(t.Context(), func(tx *db.Tx) error { return x.Add(t.Context(), tx, 1030, "又一次") }); err == nil {
			t.Error("a document was added twice")
		}
	})
}

// A damaged page fails the searches that meet it, not the documents that come.
func TestDamagedPage(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		ctx, x := t.Context(), search.New(d.Engine())
		update(t, d, func(tx *db.Tx) error {
			for id := int64(1); id <= 10; id++ {
				if err := errors.Join(x.Add(ctx, tx, id, "停水"), x.Seal(ctx, tx)); err != nil {
					return err
				}
				if id > 1 {
					continue
				}
				if _, err := tx.Exec(ctx, `UPDATE search_page SET data = $1`, []byte{0, 99, 1}); err != nil {
					return err
				}
			}
			return nil
		})
		if ids, err := newest(ctx, x, d, "停水", 3, 0); err != nil || len(ids) != 3 {
			t.Errorf("the newest: %v, %v", ids, err)
		}
		if ids, err := newest(ctx, x, d, "停水", 20, 0); err == nil {
			t.Errorf("all: %v and no error", ids)
		}
	})
}

func TestQueriesWithoutWords(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		x := search.New(d.Engine())
		update(t, d, func(tx *db.Tx) error { return x.Add(t.Context(), tx, 1, "100%_停水", "") })
		for query, want := range map[string]int{"": 0, "？！%_": 0, "%": 0, "100%": 1, "停": 1, "停水": 1, strings.Repeat("停水", 5000): 0} {
			got, err := newest(t.Context(), x, d, query, 10, 0)
			if err != nil || len(got) != want {
				t.Errorf("%.20q gives %v, %v", query, got, err)
			}
		}
		if got, next, err := x.Scan(t.Context(), d, "停水", 0, 0); err != nil || got != nil || next != 0 {
			t.Errorf("no place, but %v, %d, %v", got, next, err)
		}
	})
}
