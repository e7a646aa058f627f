package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Two processes may start at once; the second asks as often as this, and waits
// as long for the first as the longest migration may take.
const (
	lockEvery = time.Second
	lockTries = 600
)

// Migrate brings the schema up to date. Several processes may call it at once.
func (d *DB) Migrate(ctx context.Context) error {
	files, err := render(d.migrations, d.engine)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	if d.engine == Postgres {
		err = d.migratePostgres(ctx, files)
	} else {
		err = d.migrateSQLite(ctx, files)
	}
	if err != nil {
		return unavailable(ctx, fmt.Errorf("migrate: %w", err))
	}
	return nil
}

// migratePostgres uses connections of its own: a migration may take longer than
// a statement of the house may.
func (d *DB) migratePostgres(ctx context.Context, files fs.FS) (err error) {
	connector, err := postgresConnector(d.config)
	if err != nil {
		return err
	}
	pool := limited(connector, 2)
	defer func() { err = errors.Join(err, pool.Close()) }()
	locker, err := lock.NewPostgresSessionLocker(
		lock.WithLockTimeout(uint64(lockEvery/time.Second), lockTries),
		lock.WithUnlockTimeout(uint64(lockEvery/time.Second), lockTries))
	if err != nil {
		return err
	}
	_, err = up(ctx, goose.DialectPostgres, pool, files, goose.WithSessionLocker(locker))
	return err
}

// migrateSQLite has no lock that spans processes. Each migration is one
// transaction, so that of two processes one fails where the other has been;
// it then goes on with the next.
func (d *DB) migrateSQLite(ctx context.Context, files fs.FS) error {
	before := int64(-1)
	for {
		version, err := up(ctx, goose.DialectSQLite3, d.jobs, files)
		if err == nil || version <= before {
			return err
		}
		before = version
	}
}

// up runs what is missing and returns the version that the store has then.
func up(ctx context.Context, dialect goose.Dialect, pool *sql.DB, files fs.FS, options ...goose.ProviderOption) (int64, error) {
	provider, err := goose.NewProvider(dialect, pool, files, append(options, goose.WithDisableGlobalRegistry(true))...)
	if err != nil {
		return 0, err
	}
	_, err = provider.Up(ctx)
	if err == nil {
		return 0, nil
	}
	version, unknown := provider.GetDBVersion(ctx)
	if unknown != nil {
		return -1, err
	}
	return version, err
}

// tokens are the few words that the engines spell differently.
var tokens = map[Engine]*strings.Replacer{
	SQLite: strings.NewReplacer("{{pk}}", "INTEGER PRIMARY KEY", "{{int}}", "INTEGER", "{{bytes}}", "BLOB", "{{text_c}}", "TEXT",
		"{{json}}", "TEXT", "{{without_rowid}}", "WITHOUT ROWID", "{{strict}}", "STRICT"),
	Postgres: strings.NewReplacer("{{pk}}", "BIGINT PRIMARY KEY", "{{int}}", "BIGINT", "{{bytes}}", "BYTEA", "{{text_c}}", `TEXT COLLATE "C"`,
		"{{json}}", "TEXT", "{{without_rowid}}", "", "{{strict}}", ""),
}

var (
	engineFile  = regexp.MustCompile(`\.(sqlite|postgres)\.sql$`)
	twoOptions  = regexp.MustCompile(`(\{\{(?:strict|without_rowid)\}\})\s*,\s*(\{\{(?:strict|without_rowid)\}\})`)
	betweenThem = map[Engine]string{SQLite: "$1, $2", Postgres: "$1 $2"}
)

// render gives the migrations in the engine's own words. A file whose name ends
// in an engine's is for that engine only.
func render(from fs.FS, engine Engine) (fs.FS, error) {
	names, err := fs.Glob(from, "*.sql")
	if err != nil {
		return nil, err
	}
	out := textFS{}
	for _, name := range names {
		if m := engineFile.FindStringSubmatch(name); m != nil && Engine(m[1]) != engine {
			continue
		}
		b, err := fs.ReadFile(from, name)
		if err != nil {
			return nil, err
		}
		text := twoOptions.ReplaceAllString(string(b), betweenThem[engine])
		out[engineFile.ReplaceAllString(name, ".sql")] = tokens[engine].Replace(text)
	}
	return out, nil
}
