package db

import (
	"context"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"testing/fstest"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// tokens are the few words that the engines spell differently.
var tokens = map[Engine]*strings.Replacer{
	SQLite: strings.NewReplacer("{{pk}}", "INTEGER PRIMARY KEY", "{{bytes}}", "BLOB", "{{text_c}}", "TEXT", "{{json}}", "TEXT",
		"{{without_rowid}}", "WITHOUT ROWID", "{{strict}}", ""),
	Postgres: strings.NewReplacer("{{pk}}", "BIGINT PRIMARY KEY", "{{bytes}}", "BYTEA", "{{text_c}}", `TEXT COLLATE "C"`, "{{json}}", "TEXT",
		"{{without_rowid}}", "", "{{strict}}", ""),
}

var engineFile = regexp.MustCompile(`\.(sqlite|postgres)\.sql$`)

// Migrate brings the schema up to date. Several processes may call it at once.
func (d *DB) Migrate(ctx context.Context) error {
	files, err := d.render()
	if err != nil {
		return err
	}
	dialect, pool := goose.DialectSQLite3, d.pool
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	if d.engine == Postgres {
		dialect = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return err
		}
		options = append(options, goose.WithSessionLocker(locker))
	} else {
		d.writer.gate.lock()
		defer d.writer.gate.unlock()
		pool = d.writer.pool
	}
	provider, err := goose.NewProvider(dialect, pool, files, options...)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return unavailable(fmt.Errorf("migrate: %w", err))
	}
	return nil
}

// render gives the migrations in the engine's own words. A file for one engine
// only carries its name before the ending.
func (d *DB) render() (fs.FS, error) {
	out := fstest.MapFS{}
	names, err := fs.Glob(d.migrations, "*.sql")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if m := engineFile.FindStringSubmatch(name); m != nil && Engine(m[1]) != d.engine {
			continue
		}
		b, err := fs.ReadFile(d.migrations, name)
		if err != nil {
			return nil, err
		}
		out[engineFile.ReplaceAllString(name, ".sql")] = &fstest.MapFile{Data: []byte(tokens[d.engine].Replace(string(b)))}
	}
	return out, nil
}
