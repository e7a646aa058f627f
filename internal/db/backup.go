package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	sqlite "modernc.org/sqlite"

	"huiyin/internal/errs"
)

// Backup writes a consistent copy of the store to a new file while it is in
// use, and returns when the copy is on disk: a SQLite file, or an archive of
// pg_dump, which must be installed then (errs.Invalid if it is not). An
// existing file is errs.Conflict.
func (d *DB) Backup(ctx context.Context, path string) error {
	if _, err := os.Lstat(path); err == nil {
		return errs.Newf(errs.Conflict, "backup_exists", "备份文件已存在：%s", path)
	}
	// The name is taken only when the copy is whole, and it is never readable
	// by others.
	part := path + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, os.ErrNotExist) {
		return backupFailed(err)
	}
	if err := os.WriteFile(part, nil, 0o600); err != nil {
		return backupFailed(err)
	}
	copyTo := d.copyTo
	if d.engine == Postgres {
		copyTo = func(ctx context.Context, path string) error { return dumpPostgres(ctx, d.config.URL, path) }
	}
	if err := copyTo(ctx, part); err != nil {
		_ = os.Remove(part) // the copy's error is the one to tell
		return backupFailed(err)
	}
	if err := syncFile(part); err != nil {
		return backupFailed(err)
	}
	if err := os.Rename(part, path); err != nil {
		return backupFailed(err)
	}
	return backupFailed(syncFile(filepath.Dir(path)))
}

func (d *DB) copyTo(ctx context.Context, path string) error {
	connector, err := sqlite.NewConnector(dsn(d.config.Path, "", "busy_timeout(10000)"))
	if err != nil {
		return err
	}
	pool := sql.OpenDB(connector)
	_, err = pool.ExecContext(ctx, `VACUUM INTO $1`, path)
	return errors.Join(err, pool.Close())
}

func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func backupFailed(err error) error {
	if err == nil || errs.KindOf(err) != errs.Internal {
		return err
	}
	return errs.Wrap(fmt.Errorf("backup: %w", err), errs.Unavailable, "backup_failed", "备份失败，请检查磁盘空间和目录权限")
}
