package app

import (
	"archive/tar"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"huiyin/internal/db"
	"huiyin/internal/errs"
)

// dumpFile is what an archive of PostgreSQL holds in place of the SQLite file.
const dumpFile = "huiyin.pgdump"

// Backup writes the store, the attachments and, unless it is left out, the key
// file to one archive, while others go on working. The archive is readable by
// its owner only; with the key inside it opens everything.
func (a *App) Backup(ctx context.Context, path string, withKey bool) (err error) {
	if _, err := os.Lstat(path); err == nil {
		return errs.Newf(errs.Conflict, "backup_there", "%s 已经存在；请换一个文件名", path)
	}
	dir, err := os.MkdirTemp(filepath.Dir(path), ".backup-")
	if err != nil {
		return errs.Wrap(err, errs.Unavailable, "backup", "备份文件无法写入")
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	name := databaseFile
	if a.DB != "" {
		name = dumpFile
	}
	if err := a.Store.Backup(ctx, filepath.Join(dir, name)); err != nil {
		return err
	}
	partial := filepath.Join(dir, "archive")
	if err := a.archive(partial, filepath.Join(dir, name), withKey); err != nil {
		return errs.Wrap(err, errs.Unavailable, "backup", "备份文件无法写入")
	}
	return os.Rename(partial, path)
}

func (a *App) archive(path, database string, withKey bool) (err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := tar.NewWriter(f)
	if err := addFile(w, filepath.Base(database), database); err != nil {
		return err
	}
	if withKey {
		if err := addFile(w, keyFile, a.Path(keyFile)); err != nil {
			return err
		}
	}
	// Attachments are never changed once they are there, so those that come in
	// meanwhile are simply not in the copy of the store either, or are extra.
	if err := addFolder(w, a.Path(filesFolder)); err != nil {
		return err
	}
	return errors.Join(w.Close(), f.Sync())
}

func addFolder(w *tar.Writer, dir string) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || strings.HasPrefix(entry.Name(), "incoming-") {
			return err
		}
		name, err := filepath.Rel(filepath.Dir(dir), path)
		if err != nil {
			return err
		}
		return addFile(w, filepath.ToSlash(name), path)
	})
}

func addFile(w *tar.Writer, name, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: info.Size(), ModTime: info.ModTime()}); err != nil {
		return err
	}
	_, err = io.Copy(w, f)
	return err
}

// Restore makes an installation from an archive. The data folder must not hold
// one, and a PostgreSQL database must be empty. What fails leaves the folder
// empty again.
func Restore(ctx context.Context, c Config, path string) (err error) {
	if entries, err := os.ReadDir(c.Data); err == nil && len(entries) > 0 {
		return errs.Newf(errs.Conflict, "data_folder_used", "数据目录 %s 不是空的；请用 --data 指定一个新目录", c.Data)
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return errs.Wrap(err, errs.Unavailable, "data_folder", "数据目录无法使用："+c.Data)
	}
	f, err := os.Open(path)
	if err != nil {
		return errs.Wrap(err, errs.NotFound, "archive", "备份文件无法读取："+path)
	}
	defer f.Close()
	defer func() {
		if err != nil {
			err = errors.Join(err, empty(c.Data))
		}
	}()
	if err := extract(f, c.Data); err != nil {
		return errs.Wrap(err, errs.Invalid, "archive", "备份文件已损坏或不是本系统的备份")
	}
	dump := c.Path(dumpFile)
	_, err = os.Stat(dump)
	switch isDump := err == nil; {
	case isDump && c.DB == "":
		return errs.New(errs.Invalid, "restore_target", "这是 PostgreSQL 的备份，请用 --db 指定一个空的数据库")
	case !isDump && c.DB != "":
		return errs.New(errs.Invalid, "restore_target", "这是 SQLite 的备份，恢复时不要使用 --db")
	case isDump:
		if err := db.RestorePostgres(ctx, c.DB, dump); err != nil {
			return err
		}
		if err := os.Remove(dump); err != nil {
			return err
		}
	}
	d, err := OpenStore(ctx, c)
	if err != nil {
		return err
	}
	return d.Close()
}

// empty removes all that is in a folder.
func empty(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	return err
}

// extract writes the archive's files below dir, and nothing elsewhere.
func extract(r io.Reader, dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	archive := tar.NewReader(r)
	for files := 0; ; files++ {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) && files > 0 {
			return nil
		}
		if err != nil {
			return err
		}
		if err := extractFile(root, header, archive); err != nil {
			return err
		}
	}
}

func extractFile(root *os.Root, header *tar.Header, r io.Reader) (err error) {
	if header.Typeflag != tar.TypeReg {
		return errs.Newf(errs.Invalid, "archive", "备份中有不认识的内容：%s", header.Name)
	}
	if err := root.MkdirAll(filepath.Dir(header.Name), 0o700); err != nil {
		return err
	}
	f, err := root.OpenFile(header.Name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := io.Copy(f, r); err != nil {
		return err
	}
	return f.Sync()
}
