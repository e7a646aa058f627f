package search

import (
	"testing"

	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
)

// Where sealing falls behind, a writer waits for the seal under way and does
// not seal again; what it added is there.
func TestAddWaitsForSealWhenFarBehind(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t, db.Postgres)
	ctx, x := t.Context(), New(db.Postgres)
	sealing, release := make(chan struct{}), make(chan struct{})
	first, second := make(chan error, 1), make(chan error, 1)
	go func() {
		first <- d.Update(ctx, func(tx *db.Tx) error {
			if err := x.Add(ctx, tx, 1, "停水"); err != nil {
				return err
			}
			err := x.Seal(ctx, tx)
			close(sealing)
			<-release
			return err
		})
	}()
	<-sealing
	x.added.Store(waitFrom)
	go func() {
		second <- d.Update(ctx, func(tx *db.Tx) error { return x.Add(ctx, tx, 2, "停水") })
	}()
	for waiting := 0; waiting == 0; {
		select {
		case err := <-second:
			t.Fatalf("it did not wait: %v", err)
		default:
		}
		err := d.QueryRow(ctx, `SELECT COUNT(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
			WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted`).Scan(&waiting)
		if err != nil {
			t.Fatal(err)
		}
	}
	x.added.Store(0) // as the seal does
	close(release)
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	if err := <-second; err != nil {
		t.Fatal(err)
	}
	ids, _, err := x.Scan(ctx, d, "停水", 0, 10)
	if err != nil || len(ids) != 2 {
		t.Fatalf("%v, %v", ids, err)
	}
	var waiting int
	if err := d.QueryRow(ctx, `SELECT COUNT(*) FROM search_pending`).Scan(&waiting); err != nil || waiting != 1 {
		t.Errorf("%d documents wait, %v", waiting, err)
	}
}
