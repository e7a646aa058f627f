package db_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/errs"
)

// TestFullDisk: a full disk gives errors to those it concerns, and the store
// goes on when there is room again.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t, db.SQLite)
	run(t, d, `CREATE TABLE thing (id BIGINT PRIMARY KEY, word BLOB NOT NULL)`)
	var pages int64
	if err := d.QueryRow(t.Context(), `PRAGMA page_count`).Scan(&pages); err != nil {
		t.Fatal(err)
	}
	limit := func(n int64) {
		err := d.Update(t.Context(), func(tx *db.Tx) error {
			var now int64
			return tx.QueryRow(t.Context(), fmt.Sprintf(`PRAGMA max_page_count = %d`, n)).Scan(&now)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	limit(pages + 20)
	var group errgroup.Group
	var mu sync.Mutex
	var stored []int64
	for id := range int64(60) {
		group.Go(func() error {
			err := d.Update(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), `INSERT INTO thing (id, word) VALUES ($1, zeroblob($2))`, id, int64(4000))
				return err
			})
			if err == nil {
				mu.Lock()
				defer mu.Unlock()
				stored = append(stored, id)
				return nil
			}
			if !errs.Is(err, errs.Unavailable) {
				return err
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	if len(stored) == 0 || len(stored) == 60 {
		t.Fatalf("%d of 60 stored: the disk was not full in between", len(stored))
	}
	slices.Sort(stored)
	if got := ids(t, d); !slices.Equal(got, stored) {
		t.Fatalf("acknowledged %v, found %v", stored, got)
	}
	limit(1 << 30)
	run(t, d, `INSERT INTO thing (id, word) VALUES (1000, zeroblob(4000))`)
}

// TestErrorSwallowed: a transaction whose statement met a full disk is not
// committed without it, even if its function says that all is well.
func TestErrorSwallowed(t *testing.T) {
	t.Parallel()
	d, _ := open(t, db.SQLite)
	ctx := t.Context()
	err := d.Update(ctx, func(tx *db.Tx) error {
		var now int64
		return tx.QueryRow(ctx, `PRAGMA max_page_count = 20`).Scan(&now)
	})
	if err != nil {
		t.Fatal(err)
	}
	err = d.Update(ctx, func(tx *db.Tx) error {
		_, full := tx.Exec(ctx, `INSERT INTO thing (id, word) VALUES (1, zeroblob(1000000))`)
		if !errs.Is(full, errs.Unavailable) {
			t.Errorf("full = %v", full)
		}
		_ = insert(ctx, tx, 2) // as a careless caller would
		return nil
	})
	if !errs.Is(err, errs.Unavailable) {
		t.Errorf("err = %v", err)
	}
	if got := ids(t, d); len(got) != 0 {
		t.Fatalf("found %v", got)
	}
}

// TestTransactionGone: when SQLite gives up the transaction of a group, those
// of its members that did not cause it are done all the same.
func TestTransactionGone(t *testing.T) {
	t.Parallel()
	d, _ := open(t, db.SQLite)
	ctx := t.Context()
	var group errgroup.Group
	for id := range int64(60) {
		group.Go(func() error {
			err := d.Update(ctx, func(tx *db.Tx) error {
				if err := insert(ctx, tx, id); err != nil {
					return err
				}
				if id%20 == 7 {
					_, err := tx.Exec(ctx, `ROLLBACK`)
					return err
				}
				return nil
			})
			if (err != nil) != (id%20 == 7) {
				return fmt.Errorf("%d: %w", id, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	if got := len(ids(t, d)); got != 57 {
		t.Fatalf("%d rows, want 57", got)
	}
}

// TestTurns: who writes by the other pool waits for a group or two, however
// many callers queue up.
func TestTurns(t *testing.T) {
	t.Parallel()
	d, _ := open(t, db.SQLite)
	run(t, d, `CREATE TABLE turn (id BIGINT PRIMARY KEY)`)
	ctx, stop := context.WithCancel(t.Context())
	var done, next atomic.Int64
	var load errgroup.Group
	for range 64 {
		load.Go(func() error {
			for ctx.Err() == nil {
				id := next.Add(1)
				if err := d.Update(context.Background(), func(tx *db.Tx) error { return insert(t.Context(), tx, id) }); err != nil {
					return err
				}
				done.Add(1)
			}
			return nil
		})
	}
	var most int64
	for id := range int64(200) {
		before := done.Load()
		if _, err := d.JobsPool().ExecContext(t.Context(), `INSERT INTO turn (id) VALUES ($1)`, id); err != nil {
			t.Error(err)
			break
		}
		most = max(most, done.Load()-before)
	}
	stop()
	if err := load.Wait(); err != nil {
		t.Fatal(err)
	}
	t.Logf("at most %d transactions went before", most)
	if most > 64*10 {
		t.Errorf("%d transactions went before one write of the other pool", most)
	}
}

// TestRowsLeftOpen: it is an error, and the neighbours do not feel it.
func TestRowsLeftOpen(t *testing.T) {
	t.Parallel()
	d, _ := open(t, db.SQLite)
	var left *sql.Rows
	defer func() { _ = left.Close() }()
	err := d.Update(t.Context(), func(tx *db.Tx) error {
		if err := insert(t.Context(), tx, 1); err != nil {
			return err
		}
		rows, err := tx.Query(t.Context(), `SELECT id FROM thing`) //nolint:rowserrcheck // that is the test
		left = rows
		return err
	})
	if err == nil {
		t.Fatal("open rows went unnoticed")
	}
	put(t, d, 2)
	if got := ids(t, d); !slices.Equal(got, []int64{2}) {
		t.Fatalf("found %v", got)
	}
}

// TestSameTextWithin: a statement may be used while its own rows are read.
func TestSameTextWithin(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		if d.Engine() == db.Postgres {
			t.Skip("its protocol reads one result at a time")
		}
		setup(t, d)
		put(t, d, 1)
		put(t, d, 2)
		ctx := t.Context()
		const text = `SELECT id FROM thing ORDER BY id`
		var pairs int
		err := d.Update(ctx, func(tx *db.Tx) error {
			outer, err := tx.Query(ctx, text)
			if err != nil {
				return err
			}
			defer outer.Close()
			for outer.Next() {
				inner, err := tx.Query(ctx, text)
				if err != nil {
					return err
				}
				for inner.Next() {
					pairs++
				}
				if err := errors.Join(inner.Err(), inner.Close()); err != nil {
					return err
				}
			}
			return outer.Err()
		})
		if err != nil || pairs != 4 {
			t.Fatalf("%d pairs, %v", pairs, err)
		}
	})
}

// TestTakenBack: a caller who gives up while others are served is not served.
func TestTakenBack(t *testing.T) {
	t.Parallel()
	d, _ := open(t, db.SQLite)
	running, finish := make(chan struct{}), make(chan struct{})
	begun, lose := context.WithCancel(t.Context())
	var first errgroup.Group
	first.Go(func() error {
		return d.Update(begun, func(tx *db.Tx) error {
			close(running)
			<-finish
			return insert(context.Background(), tx, 1)
		})
	})
	<-running
	lose() // too late for the first: it will know that it is stored
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	err := d.Update(ctx, func(tx *db.Tx) error { return insert(ctx, tx, 2) })
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("err = %v", err)
	}
	close(finish)
	if err := first.Wait(); err != nil {
		t.Fatal(err)
	}
	if got := ids(t, d); !slices.Equal(got, []int64{1}) {
		t.Fatalf("found %v", got)
	}
}

// TestView: a snapshot does not move, and cannot be written.
func TestView(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		setup(t, d)
		ctx := t.Context()
		count := func(q db.Queryer) (n int64) {
			if err := q.QueryRow(ctx, `SELECT COUNT(*) FROM thing`).Scan(&n); err != nil {
				t.Error(err)
			}
			return n
		}
		err := d.View(ctx, func(tx *db.Tx) error {
			before := count(tx)
			put(t, d, 1)
			if after := count(tx); after != before || count(d) != before+1 {
				t.Errorf("%d rows before, %d after", before, after)
			}
			_, err := tx.Exec(ctx, `DELETE FROM thing`)
			return err
		})
		if err == nil {
			t.Fatal("a view wrote")
		}
	})
}

// TestClosed: a closed store says so, twice closed or not.
func TestClosed(t *testing.T) {
	t.Parallel()
	d, _ := open(t, db.SQLite)
	for range 2 {
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	err := d.Update(t.Context(), func(*db.Tx) error { return nil })
	if !errs.Is(err, errs.Unavailable) {
		t.Fatalf("err = %v", err)
	}
}

// TestBackup: a copy made while others write is whole, and opens as a store.
func TestBackup(t *testing.T) {
	t.Parallel()
	d, _ := open(t, db.SQLite)
	ctx, stop := context.WithCancel(t.Context())
	var load errgroup.Group
	begun := make(chan struct{})
	load.Go(func() error {
		for id := int64(0); ctx.Err() == nil; id += 2 {
			err := d.Update(context.Background(), func(tx *db.Tx) error {
				return errors.Join(insert(t.Context(), tx, id), insert(t.Context(), tx, id+1))
			})
			if err != nil {
				return err
			}
			if id == 100 {
				close(begun)
			}
		}
		return nil
	})
	<-begun
	path := filepath.Join(t.TempDir(), "copy.db")
	err := d.Backup(t.Context(), path)
	stop()
	if err := errors.Join(err, load.Wait()); err != nil {
		t.Fatal(err)
	}
	if err := d.Backup(t.Context(), path); !errs.Is(err, errs.Conflict) {
		t.Fatalf("err = %v", err)
	}
	there, err := db.Open(t.Context(), db.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer there.Close()
	if n := len(ids(t, there)); n < 100 || n%2 != 0 {
		t.Fatalf("%d rows in the copy: half a transaction", n)
	}
	put(t, there, -1)
}
