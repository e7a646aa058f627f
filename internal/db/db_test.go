package db_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"golang.org/x/sync/errgroup"

	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/errs"
)

const table = `CREATE TABLE thing (id BIGINT PRIMARY KEY, word TEXT NOT NULL)`

func setup(t *testing.T, d *db.DB) {
	t.Helper()
	run(t, d, table)
}

func run(t *testing.T, d *db.DB, text string, args ...any) {
	t.Helper()
	err := d.Update(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), text, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func insert(ctx context.Context, tx *db.Tx, id int64) error {
	return tx.Send(ctx, `INSERT INTO thing (id, word) VALUES ($1, $2)`, id, fmt.Sprint("词", id))
}

func ids(t *testing.T, d *db.DB) []int64 {
	t.Helper()
	rows, err := d.Query(t.Context(), `SELECT id FROM thing ORDER BY id`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var list []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		list = append(list, id)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// TestNeighbours: transactions that run at once do not share a fate.
func TestNeighbours(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		setup(t, d)
		var group errgroup.Group
		failed := errors.New("no")
		for id := range int64(300) {
			group.Go(func() error {
				err := d.Update(t.Context(), func(tx *db.Tx) error {
					if err := insert(t.Context(), tx, id); err != nil {
						return err
					}
					switch id % 3 {
					case 1:
						return failed
					case 2:
						panic("in the middle")
					}
					return nil
				})
				if (err != nil) != (id%3 != 0) {
					return fmt.Errorf("%d: %w", id, err)
				}
				return nil
			})
		}
		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}
		var want []int64
		for id := int64(0); id < 300; id += 3 {
			want = append(want, id)
		}
		if got := ids(t, d); !slices.Equal(got, want) {
			t.Fatalf("%d rows, want %d", len(got), len(want))
		}
	})
}

// TestSend: what was sent is there for the next statement, in order, and what
// fails ends the transaction with its own error.
func TestSend(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		setup(t, d)
		ctx := t.Context()
		const many = 1000
		err := d.Update(ctx, func(tx *db.Tx) error {
			for id := range int64(many) {
				if err := insert(ctx, tx, id); err != nil {
					return err
				}
			}
			if n, err := tx.Exec(ctx, `UPDATE thing SET id = id + 1000 WHERE id > 2`); err != nil || n != many-3 {
				return fmt.Errorf("%d rows changed: %w", n, err)
			}
			if err := tx.Send(ctx, `DELETE FROM thing WHERE id > 1500 OR id < 1`); err != nil {
				return err
			}
			var high int64
			if err := tx.QueryRow(ctx, `SELECT MAX(id) FROM thing`).Scan(&high); err != nil || high != 1500 {
				return fmt.Errorf("the highest is %d: %w", high, err)
			}
			return insert(ctx, tx, 5)
		})
		if got := ids(t, d); err != nil || len(got) != 501 || got[2] != 5 {
			t.Fatalf("%v, %v", got, err)
		}
		for name, after := range map[string]func(tx *db.Tx) error{
			"commit": func(*db.Tx) error { return nil },
			"exec":   func(tx *db.Tx) error { _, err := tx.Exec(ctx, `DELETE FROM thing`); return err },
			"query": func(tx *db.Tx) error {
				var n int
				return tx.QueryRow(ctx, `SELECT COUNT(*) FROM thing`).Scan(&n)
			},
		} {
			err := d.Update(ctx, func(tx *db.Tx) error {
				if err := insert(ctx, tx, 7); err != nil {
					return err
				}
				if err := insert(ctx, tx, 5); err != nil {
					return err
				}
				return after(tx)
			})
			if got := ids(t, d); err == nil || !strings.Contains(strings.ToLower(err.Error()), "unique") || len(got) != 501 {
				t.Errorf("%s after a statement that fails: %v, %v", name, got, err)
			}
		}
	})
}

// TestCounter: nothing is lost between concurrent read-modify-writes.
func TestCounter(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		run(t, d, `CREATE TABLE number (n BIGINT NOT NULL)`)
		run(t, d, `INSERT INTO number (n) VALUES (0)`)
		var group errgroup.Group
		for range 100 {
			group.Go(func() error {
				return d.Update(t.Context(), func(tx *db.Tx) error {
					_, err := tx.Exec(t.Context(), `UPDATE number SET n = n + 1`)
					return err
				})
			})
		}
		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}
		var n int64
		if err := d.QueryRow(t.Context(), `SELECT n FROM number`).Scan(&n); err != nil || n != 100 {
			t.Fatalf("n = %d, %v", n, err)
		}
	})
}

func TestUniqueAndAfterCommit(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		setup(t, d)
		var mu sync.Mutex
		var called []string
		note := func(tx *db.Tx, word string) {
			tx.AfterCommit(func() {
				mu.Lock()
				defer mu.Unlock()
				called = append(called, word)
			})
		}
		err := d.Update(t.Context(), func(tx *db.Tx) error {
			note(tx, "first")
			note(tx, "second")
			return insert(t.Context(), tx, 1)
		})
		if err != nil {
			t.Fatal(err)
		}
		err = d.Update(t.Context(), func(tx *db.Tx) error {
			note(tx, "never")
			return insert(t.Context(), tx, 1)
		})
		if err == nil || errs.Is(err, errs.Unavailable) {
			t.Fatalf("err = %v", err)
		}
		if !slices.Equal(called, []string{"first", "second"}) {
			t.Fatalf("called %v", called)
		}
	})
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		setup(t, d)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := d.Update(ctx, func(tx *db.Tx) error { return insert(ctx, tx, 1) }); err == nil {
			t.Fatal("a cancelled transaction went through")
		}
		if got := ids(t, d); len(got) != 0 {
			t.Fatalf("found %v", got)
		}
	})
}

// TestEngineFiles: a migration for one engine stays there, tokens become the
// engine's words, and processes that start at once migrate once.
func TestEngineFiles(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{
		"0001_all.sql": {Data: []byte("-- +goose Up\nCREATE TABLE a (id {{pk}}, b {{bytes}}, c {{text_c}}) {{strict}};\n" +
			"CREATE TABLE b (id {{text_c}} PRIMARY KEY, n {{int}} NOT NULL, j {{json}}) {{without_rowid}}, {{strict}};\n")},
		"0002_only.sqlite.sql":   {Data: []byte("-- +goose Up\nCREATE TABLE here (id {{pk}}) {{strict}}, {{without_rowid}};\n")},
		"0002_only.postgres.sql": {Data: []byte("-- +goose Up\nCREATE TABLE here (id {{pk}}, there BIGINT);\n")},
		"0003_more.sql":          {Data: []byte("-- +goose Up\nINSERT INTO here (id) VALUES (1);\n")},
	}
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			url := filepath.Join(t.TempDir(), "x.db")
			if engine == db.Postgres {
				url = dbtest.EmptyURL(t)
			}
			var group errgroup.Group
			for range 4 {
				group.Go(func() error {
					c := at(url)
					c.Migrations = files
					d, err := db.Open(t.Context(), c)
					if err != nil {
						return err
					}
					return errors.Join(d.Migrate(t.Context()), d.Migrate(t.Context()), d.Close())
				})
			}
			if err := group.Wait(); err != nil {
				t.Fatal(err)
			}
			d, err := db.Open(t.Context(), at(url))
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			run(t, d, `INSERT INTO a (id, b, c) VALUES (1, $1, $2)`, []byte{1}, "丙")
			run(t, d, `INSERT INTO here (id) VALUES (2)`)
		})
	}
}

// TestAddresses: an address is PostgreSQL's or none.
func TestAddresses(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]db.Engine{"": db.SQLite, "postgres://h/d": db.Postgres, "postgresql://h/d": db.Postgres} {
		if got, err := db.EngineOf(url); err != nil || got != want {
			t.Errorf("%q is %q, %v", url, got, err)
		}
	}
	for _, url := range []string{filepath.Join(t.TempDir(), "huiyin.db"), "mysql://h/d", "sqlite://x.db", "postgres", "POSTGRES://h/d"} {
		if _, err := db.Open(t.Context(), db.Config{URL: url}); !errs.Is(err, errs.Invalid) {
			t.Errorf("%q: %v", url, err)
		}
	}
}

func TestInsertText(t *testing.T) {
	t.Parallel()
	if got, want := db.Insert("t", []string{"a", "b"}, 2), "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4)"; got != want {
		t.Fatalf("got %q, want %q", got, want)
	}
}
