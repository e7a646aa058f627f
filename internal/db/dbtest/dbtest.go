// Package dbtest gives tests a fresh, migrated store on each engine.
//
// PostgreSQL is used where HUIYIN_TEST_POSTGRES holds the address of a server
// on which databases may be created; scripts/pg-test.sh starts one.
package dbtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver

	"huiyin/internal/db"
	"huiyin/internal/schema"
)

// Env names the variable with the address of the server for tests.
const Env = "HUIYIN_TEST_POSTGRES"

// Run runs the test once on each engine.
func Run(t *testing.T, test func(t *testing.T, d *db.DB)) {
	t.Helper()
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			test(t, Open(t, engine))
		})
	}
}

// Open gives a fresh store on one engine; it is gone after the test.
func Open(t testing.TB, engine db.Engine) *db.DB {
	t.Helper()
	c := db.Config{Migrations: schema.Files, MaxConns: 8}
	if engine == db.Postgres {
		c.URL = URL(t)
	} else {
		c.Path = filepath.Join(t.TempDir(), "huiyin.db")
	}
	d, err := db.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	if err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d
}

var templates sync.Mutex

// URL gives the address of a fresh, migrated PostgreSQL database; the test is
// skipped where there is no server.
func URL(t testing.TB) string {
	t.Helper()
	server := address(t)
	admin := open(t, server)
	template := "huiyin_template_" + fingerprint(t)
	prepare(t, admin, server, template)
	return create(t, admin, server, template)
}

// EmptyURL gives the address of a fresh PostgreSQL database without tables, for
// tests of migrations themselves.
func EmptyURL(t testing.TB) string {
	t.Helper()
	server := address(t)
	return create(t, open(t, server), server, "template0")
}

// address is that of the server; the test is skipped where there is none.
func address(t testing.TB) string {
	t.Helper()
	server := os.Getenv(Env)
	if server == "" {
		t.Skipf("no PostgreSQL for tests: %s is not set (scripts/pg-test.sh sets it)", Env)
	}
	return server
}

func open(t testing.TB, server string) *sql.DB {
	t.Helper()
	admin, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	admin.SetMaxOpenConns(2) // one holds the lock while the other works
	t.Cleanup(func() { _ = admin.Close() })
	return admin
}

// create makes a database that is gone after the test.
func create(t testing.TB, admin *sql.DB, server, template string) string {
	t.Helper()
	name := "huiyin_test_" + random(t)
	run(t, admin, fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s", name, template))
	t.Cleanup(func() {
		if _, err := admin.ExecContext(context.Background(), fmt.Sprintf("DROP DATABASE IF EXISTS %s WITH (FORCE)", name)); err != nil {
			t.Errorf("drop %s: %v", name, err)
		}
	})
	return withDatabase(t, server, name)
}

// prepare makes the template with all migrations, once per content. Test
// binaries run beside each other, so an advisory lock keeps them apart.
func prepare(t testing.TB, admin *sql.DB, server, template string) {
	t.Helper()
	templates.Lock()
	defer templates.Unlock()
	conn, err := admin.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(t.Context(), "SELECT pg_advisory_lock(12345)"); err != nil {
		t.Fatal(err)
	}
	defer conn.ExecContext(context.Background(), "SELECT pg_advisory_unlock(12345)") // closing the connection unlocks too
	var there bool
	err = conn.QueryRowContext(t.Context(), "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1 AND datistemplate)", template).Scan(&there)
	if err != nil {
		t.Fatal(err)
	}
	if there {
		return
	}
	run(t, admin, fmt.Sprintf("DROP DATABASE IF EXISTS %s WITH (FORCE)", template))
	run(t, admin, "CREATE DATABASE "+template)
	d, err := db.Open(t.Context(), db.Config{URL: withDatabase(t, server, template), Migrations: schema.Files, MaxConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	run(t, admin, fmt.Sprintf("ALTER DATABASE %s IS_TEMPLATE true", template))
}

func run(t testing.TB, admin *sql.DB, text string) {
	t.Helper()
	if _, err := admin.ExecContext(t.Context(), text); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

func withDatabase(t testing.TB, server, name string) string {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

func fingerprint(t testing.TB) string {
	t.Helper()
	h := sha256.New()
	err := fs.WalkDir(schema.Files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		b, err := fs.ReadFile(schema.Files, path)
		fmt.Fprintf(h, "%s %d\n", path, len(b))
		h.Write(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(h.Sum(nil)[:6])
}

func random(t testing.TB) string {
	t.Helper()
	b := make([]byte, 8)
	if _, err := rand.Read(b); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(b)
}
