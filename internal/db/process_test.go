package db_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"golang.org/x/sync/errgroup"

	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
)

// These tests start the test program again as another process.
const (
	childURL = "HUIYIN_DB_CHILD_URL" // of the store that the child writes to
	childMax = "HUIYIN_DB_CHILD_MAX" // how many rows it writes
	childRow = 1_000_000             // the first of them
)

// TestChild is the other process: it writes rows and says which are stored.
func TestChild(t *testing.T) {
	t.Parallel()
	url := os.Getenv(childURL)
	if url == "" {
		t.Skip("it is run by other tests")
	}
	n, err := strconv.ParseInt(os.Getenv(childMax), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	d, err := db.Open(ctx, at(url))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var group errgroup.Group
	for start := range int64(8) {
		group.Go(func() error {
			for id := childRow + start; id < childRow+n; id += 8 {
				if err := d.Update(ctx, func(tx *db.Tx) error { return insert(ctx, tx, id) }); err != nil {
					return err
				}
				fmt.Println("stored", id)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
}

// child starts the other process.
func child(t *testing.T, url string, n int64) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "-test.run=^TestChild$")
	cmd.Env = append(os.Environ(), childURL+"="+url, childMax+"="+strconv.FormatInt(n, 10))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewScanner(out)
}

// stored reads what the child says it has stored, at most n rows.
func stored(lines *bufio.Scanner, n int) []int64 {
	var list []int64
	for len(list) < n && lines.Scan() {
		var id int64
		if _, err := fmt.Sscanf(lines.Text(), "stored %d", &id); err == nil {
			list = append(list, id)
		}
	}
	return list
}

// at is the store at an address, or in a file.
func at(place string) db.Config {
	if engine, err := db.EngineOf(place); err == nil && engine == db.Postgres {
		return db.Config{URL: place, MaxConns: 8}
	}
	return db.Config{Path: place, MaxConns: 8}
}

// open gives a store that processes share, and its address.
func open(t *testing.T, engine db.Engine) (*db.DB, string) {
	t.Helper()
	url := filepath.Join(t.TempDir(), "shared.db")
	if engine == db.Postgres {
		url = dbtest.URL(t)
	}
	d, err := db.Open(t.Context(), at(url))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	setup(t, d)
	return d, url
}

// TestKilled: what was acknowledged is there after the process is killed.
func TestKilled(t *testing.T) {
	t.Parallel()
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			d, url := open(t, engine)
			cmd, lines := child(t, url, 1<<40)
			list := stored(lines, 400)
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			list = append(list, stored(lines, 1<<40)...) // said before it died
			if err := cmd.Wait(); err == nil {
				t.Fatal("the child came to an end by itself")
			}
			if len(list) < 400 {
				t.Fatalf("the child stored %d rows only", len(list))
			}
			there := ids(t, d)
			for _, id := range list {
				if _, found := slices.BinarySearch(there, id); !found {
					t.Errorf("%d was acknowledged and is lost", id)
				}
			}
			put(t, d, 1)
		})
	}
}

// put proves that the store can be written.
func put(t *testing.T, d *db.DB, id int64) {
	t.Helper()
	if err := d.Update(t.Context(), func(tx *db.Tx) error { return insert(t.Context(), tx, id) }); err != nil {
		t.Fatal(err)
	}
}

// TestBeside: another process writes while this one is busy writing.
func TestBeside(t *testing.T) {
	t.Parallel()
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			d, url := open(t, engine)
			ctx, stop := context.WithCancel(t.Context())
			var load errgroup.Group
			for start := range int64(16) {
				load.Go(func() error {
					for id := start; ctx.Err() == nil; id += 16 {
						if err := d.Update(ctx, func(tx *db.Tx) error { return insert(ctx, tx, id) }); err != nil && ctx.Err() == nil {
							return err
						}
					}
					return nil
				})
			}
			cmd, lines := child(t, url, 40)
			list := stored(lines, 1<<40)
			err := cmd.Wait()
			stop()
			if err != nil || len(list) != 40 {
				t.Errorf("the child stored %d of 40 rows: %v", len(list), err)
			}
			if err := load.Wait(); err != nil {
				t.Fatal(err)
			}
		})
	}
}
