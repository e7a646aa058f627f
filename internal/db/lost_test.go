package db_test

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"net/url"
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

// wire stands between a store and its server, and can be cut.
type wire struct {
	server   string
	address  string
	mu       sync.Mutex
	listener net.Listener
	conns    map[net.Conn]bool
	mute     atomic.Bool // nothing passes any more, but nothing is cut either
	onSend   atomic.Bool // cut when the client's next words have passed, before the answer
}

// lay opens a store by way of a wire.
func lay(t *testing.T) (*db.DB, *wire) {
	t.Helper()
	u, err := url.Parse(dbtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{server: u.Host, address: "127.0.0.1:0", conns: map[net.Conn]bool{}}
	w.join(t)
	t.Cleanup(w.part)
	u.Host = w.address
	d, err := db.Open(t.Context(), db.Config{URL: u.String(), MaxConns: 8})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() }) // the wire may be cut
	setup(t, d)
	return d, w
}

// join makes the server reachable.
func (w *wire) join(t *testing.T) {
	t.Helper()
	listener, err := net.Listen("tcp", w.address)
	if err != nil {
		t.Fatal(err)
	}
	w.listener, w.address = listener, listener.Addr().String()
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", w.server)
			if err != nil {
				client.Close()
				continue
			}
			w.mu.Lock()
			w.conns[client], w.conns[server] = true, true
			w.mu.Unlock()
			go w.copy(server, client, func() bool { return w.onSend.CompareAndSwap(true, false) })
			go w.copy(client, server, func() bool { return false })
		}
	}()
}

func (w *wire) copy(to, from net.Conn, last func() bool) {
	defer to.Close()
	defer from.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if w.mute.Load() && err == nil {
			continue
		}
		cut := last()
		if cut {
			from.Close() // before the other side can answer
		}
		if _, bad := to.Write(buffer[:n]); bad != nil || err != nil || cut {
			return
		}
	}
}

// cut ends all connections.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.conns {
		c.Close()
	}
	clear(w.conns)
}

// part makes the server unreachable.
func (w *wire) part() {
	w.listener.Close()
	w.cut()
}

// TestServerLost: every way to the store says that it is down, and works again
// when the server is back.
func TestServerLost(t *testing.T) {
	t.Parallel()
	d, w := lay(t)
	ctx := t.Context()
	put(t, d, 1)
	w.part()
	var n int64
	rows, queried := d.Query(ctx, `SELECT id FROM thing`)
	if queried == nil {
		queried = errors.Join(rows.Err(), rows.Close())
	}
	for name, err := range map[string]error{
		"update":   d.Update(ctx, func(tx *db.Tx) error { return insert(ctx, tx, 2) }),
		"view":     d.View(ctx, func(tx *db.Tx) error { return tx.QueryRow(ctx, `SELECT 1`).Scan(&n) }),
		"queryrow": d.QueryRow(ctx, `SELECT 1`).Scan(&n),
		"query":    queried,
		"ping":     d.Ping(ctx),
	} {
		if !errs.Is(err, errs.Unavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.join(t)
	put(t, d, 3)
	if got := ids(t, d); !slices.Equal(got, []int64{1, 3}) {
		t.Fatalf("found %v", got)
	}
}

// TestServerSilent: a server that says nothing is not waited for long, by those
// who wait already nor by those who come later; when it speaks again all is well.
func TestServerSilent(t *testing.T) {
	t.Parallel()
	d, w := lay(t)
	ctx := t.Context()
	d.Limit(100 * time.Millisecond)
	put(t, d, 1)
	w.mute.Store(true)
	var n int64
	for round := range 2 {
		var waiting sync.WaitGroup
		start := time.Now()
		for i := range int64(20) { // more than there are connections
			waiting.Go(func() {
				if err := d.Update(ctx, func(tx *db.Tx) error { return insert(ctx, tx, 10+i) }); !errs.Is(err, errs.Unavailable) {
					t.Errorf("update: %v", err)
				}
			})
			waiting.Go(func() {
				if err := d.QueryRow(ctx, `SELECT 1`).Scan(&n); !errs.Is(err, errs.Unavailable) {
					t.Errorf("query: %v", err)
				}
			})
		}
		waiting.Wait()
		if took, most := time.Since(start), []time.Duration{8 * time.Second, time.Second}[round]; took > most {
			t.Errorf("round %d took %v", round, took)
		}
	}
	w.cut() // what it never got is not to come late
	w.mute.Store(false)
	for d.Ping(ctx) != nil {
		if ctx.Err() != nil {
			t.Fatal("it never came back")
		}
	}
	put(t, d, 2)
	if got := ids(t, d); !slices.Equal(got, []int64{1, 2}) {
		t.Fatalf("found %v", got)
	}
}

// TestStatementLimit: a statement that takes too long is ended, and nothing of
// its transaction stays; without a limit it takes its time.
func TestStatementLimit(t *testing.T) {
	t.Parallel()
	d, _ := lay(t)
	ctx := t.Context()
	long := func(id int64) error {
		return d.Update(ctx, func(tx *db.Tx) error {
			if err := insert(ctx, tx, id); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `SELECT pg_sleep(0.3)`)
			return err
		})
	}
	if err := long(1); err != nil {
		t.Errorf("without a limit: %v", err)
	}
	d.Limit(50 * time.Millisecond)
	if err := long(2); !errs.Is(err, errs.Unavailable) {
		t.Errorf("with a limit: %v", err)
	}
	d.Limit(0)
	if err := long(3); err != nil {
		t.Errorf("without a limit again: %v", err)
	}
	if got := ids(t, d); !slices.Equal(got, []int64{1, 3}) {
		t.Fatalf("found %v", got)
	}
}

// TestConnectionsCut: transactions outlive their connections; what is
// acknowledged is there, and what is refused for another reason than a lost
// store is not.
func TestConnectionsCut(t *testing.T) {
	t.Parallel()
	d, w := lay(t)
	ctx := t.Context()
	var acknowledged sync.Map
	var done atomic.Int64
	var group errgroup.Group
	for start := range int64(8) {
		group.Go(func() error {
			for id := start; id < 800; id += 8 {
				err := d.Update(ctx, func(tx *db.Tx) error { return insert(ctx, tx, id) })
				switch {
				case err == nil:
					acknowledged.Store(id, true)
				case !errs.Is(err, errs.Unavailable):
					return err
				}
				if done.Add(1)%100 == 0 {
					w.cut()
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	there, n := ids(t, d), 0
	acknowledged.Range(func(id, _ any) bool {
		n++
		if _, found := slices.BinarySearch(there, id.(int64)); !found {
			t.Errorf("%d was acknowledged and is lost", id)
		}
		return true
	})
	t.Logf("%d of 800 acknowledged", n)
}

// TestBackendsTerminated: the server's own good-byes are made good too.
func TestBackendsTerminated(t *testing.T) {
	t.Parallel()
	d, _ := lay(t)
	ctx := t.Context()
	for id := range int64(5) {
		release(t, take(t, d)) // those of them that are new are asked when used again
		conns := take(t, d)
		release(t, conns[1:])
		_, err := conns[0].ExecContext(ctx, `SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid()`)
		if err != nil {
			t.Fatal(err)
		}
		if id%2 == 0 {
			put(t, d, id)
		} else if got := len(ids(t, d)); got == 0 {
			t.Fatal("nothing found")
		}
		release(t, conns[:1])
	}
	if got := ids(t, d); !slices.Equal(got, []int64{0, 2, 4}) {
		t.Fatalf("found %v", got)
	}
}

// take holds some connections of the pool.
func take(t *testing.T, d *db.DB) []*sql.Conn {
	t.Helper()
	conns := make([]*sql.Conn, 5)
	for i := range conns {
		conn, err := d.JobsPool().Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		conns[i] = conn
	}
	return conns
}

func release(t *testing.T, conns []*sql.Conn) {
	t.Helper()
	for _, conn := range conns {
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCommitUnanswered: a transaction whose fate is unknown is not run again.
func TestCommitUnanswered(t *testing.T) {
	t.Parallel()
	d, w := lay(t)
	ctx := t.Context()
	put(t, d, 0) // so that its statements are known to the server
	var tries, announced int
	err := d.Update(ctx, func(tx *db.Tx) error {
		tries++
		tx.AfterCommit(func() { announced++ })
		w.onSend.Store(true)
		return insert(ctx, tx, 1) // goes out with the COMMIT
	})
	if !errs.Is(err, errs.Unavailable) || tries != 1 || announced != 0 {
		t.Fatalf("%d tries, announced %d, %v", tries, announced, err)
	}
	put(t, d, 2)
}

// TestDeadlock: of two transactions that wait for each other one is run again.
func TestDeadlock(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t, db.Postgres)
	setup(t, d)
	put(t, d, 1)
	put(t, d, 2)
	ctx := t.Context()
	var meet sync.WaitGroup
	meet.Add(2)
	var tries atomic.Int64
	swap := func(first, second int64) func() error {
		var once sync.Once
		return func() error {
			return d.Update(ctx, func(tx *db.Tx) error {
				tries.Add(1)
				if err := touch(ctx, tx, first); err != nil {
					return err
				}
				once.Do(func() { meet.Done(); meet.Wait() })
				return touch(ctx, tx, second)
			})
		}
	}
	var group errgroup.Group
	group.Go(swap(1, 2))
	group.Go(swap(2, 1))
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	if tries.Load() != 3 {
		t.Fatalf("%d tries, want 3", tries.Load())
	}
}

func touch(ctx context.Context, tx *db.Tx, id int64) error {
	_, err := tx.Exec(ctx, `UPDATE thing SET word = $1 WHERE id = $2`, "动过", id)
	return err
}

// TestDump: a dump of PostgreSQL fills another database, and no other file is
// written over.
func TestDump(t *testing.T) {
	t.Parallel()
	d, _ := open(t, db.Postgres)
	put(t, d, 1)
	path := filepath.Join(t.TempDir(), "dump")
	if err := d.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if err := d.Backup(t.Context(), path); !errs.Is(err, errs.Conflict) {
		t.Fatalf("err = %v", err)
	}
	url := dbtest.EmptyURL(t)
	if err := db.RestorePostgres(t.Context(), url, path); err != nil {
		t.Fatal(err)
	}
	there, err := db.Open(t.Context(), db.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer there.Close()
	if got := ids(t, there); !slices.Equal(got, []int64{1}) {
		t.Fatalf("found %v", got)
	}
}
