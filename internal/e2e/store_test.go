package e2e

import (
	"path/filepath"
	"testing"

	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
)

// database returns an empty PostgreSQL database; the test is skipped where
// there is no server.
func database(t *testing.T) string { return dbtest.EmptyURL(t) }

// store opens the installation's store past the program.
func (h home) store(t *testing.T) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), db.Config{URL: h.url, Path: filepath.Join(h.data, "huiyin.db"), MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// number asks the store for one number. The server may be running.
func (h home) number(t *testing.T, query string, args ...any) (n int64) {
	t.Helper()
	d := h.store(t)
	defer d.Close()
	if err := d.QueryRow(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// change does something to the store that the program does not know of.
func (h home) change(t *testing.T, text string, args ...any) {
	t.Helper()
	d := h.store(t)
	defer d.Close()
	err := d.Update(t.Context(), func(tx *db.Tx) error {
		n, err := tx.Exec(t.Context(), text, args...)
		if err == nil && n != 1 {
			t.Errorf("changed %d rows", n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
