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

// Backup writes a consistent copy of a SQLite store to a new file while the
// store is in use, and returns when the copy is on disk. An existing file is
// errs.Conflict. PostgreSQL has its own tools for this: errs.Invalid.
func (d *DB) Backup(ctx context.Context, path string) error {
	if d.engine == Postgres {
		return errs.New(errs.Invalid, "backup_postgres", "PostgreSQL 数据库请用 pg_dump 或 pg_basebackup 备份")
	}
	if _, err := os.Lstat(path); err == nil {
		return errs.Newf(errs.Conflict, "backup_exists", "备份文件已存在：%s", path)
	}
	// The name is taken only when the copy is whole.
	part := path + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, os.ErrNotExist) {
		return backupFailed(err)
	}
	if err := d.copyTo(ctx, part); err != nil {
		return errors.Join(backupFailed(err), os.Remove(part))
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
	if err := errors.Join(err, pool.Close()); err != nil {
		return err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return err
	}
	return syncFile(path)
}

func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func backupFailed(err error) error {
	if err == nil {
		return nil
	}
	return errs.Wrap(fmt.Errorf("backup: %w", err), errs.Unavailable, "backup_failed", "备份失败，请检查磁盘空间和目录权限")
}
