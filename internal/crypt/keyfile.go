package crypt

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"huiyin/internal/errs"
)

// keyFile is the form of the key file.
type keyFile struct {
	Format int         `json:"format"` // 1
	Keys   []masterKey `json:"keys"`
}

// maxKeyFile bounds what is read: a thousand keys fit.
const maxKeyFile = 1 << 17

// Open loads the keyring from the file, or makes the file with one random key
// if there is none. The first provider seals, all of them open; none means AES.
//
// A caller whose database already holds data should use Load: a fresh key beside
// old data cannot read it. Whoever loses the file loses the data; it belongs in
// a backup kept apart from the database's.
func Open(path string, providers ...Provider) (*Keyring, error) {
	k, err := Load(path, providers...)
	if !errs.Is(err, errs.NotFound) {
		return k, err
	}
	fresh := keyFile{Format: 1, Keys: []masterKey{{Version: 1, Key: randomBytes(KeySize)}}}
	// Two processes that start together both get here; os.Link lets one win,
	// and what the other then loads is complete.
	if err := publish(path, fresh); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("crypt: make key file: %w", err)
	}
	return Load(path, providers...)
}

// Load is Open for a file that must exist. Errors: NotFound (key_file_missing),
// Denied (key_file_open: others may read it), Internal (key_file_damaged).
func Load(path string, providers ...Provider) (*Keyring, error) {
	file, err := readKeyFile(path)
	if err != nil {
		return nil, err
	}
	return newKeyring(file.Keys, providers)
}

// readKeyFile checks the rights on the open file, not on its name, so that the
// file that is checked is the file that is read.
func readKeyFile(path string) (keyFile, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return keyFile{}, &errs.Error{Kind: errs.NotFound, Code: "key_file_missing", Message: "找不到密钥文件 " + path, Err: err}
	}
	if err != nil {
		return keyFile{}, fmt.Errorf("crypt: open key file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return keyFile{}, fmt.Errorf("crypt: stat key file: %w", err)
	}
	if !info.Mode().IsRegular() || info.Mode().Perm()&0o077 != 0 {
		return keyFile{}, errs.Newf(errs.Denied, "key_file_open", "密钥文件 %s 可被他人读取，已拒绝使用，请先执行 chmod 600", path)
	}
	raw, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return keyFile{}, fmt.Errorf("crypt: read key file: %w", err)
	}
	return parseKeyFile(raw)
}

// parseKeyFile drops the parser's own error: it could quote key material.
func parseKeyFile(raw []byte) (keyFile, error) {
	var file keyFile
	if err := json.Unmarshal(raw, &file); err != nil || file.Format != 1 {
		return keyFile{}, errs.New(errs.Internal, "key_file_damaged", "密钥文件内容不完整，请从备份恢复")
	}
	return file, nil
}

// publish writes the file under a temporary name with mode 0600, brings it to
// the disk and only then gives it its name, unless another file has that, so
// that no crash leaves half a file under that name.
func publish(path string, file keyFile) error {
	raw, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return err
	}
	temp := path + ".new-" + hex.EncodeToString(randomBytes(8))
	if err := writeSynced(temp, append(raw, '\n')); err != nil {
		return errors.Join(err, removeIfThere(temp))
	}
	if err := os.Link(temp, path); err != nil {
		return errors.Join(err, removeIfThere(temp))
	}
	return errors.Join(removeIfThere(temp), syncDir(filepath.Dir(path)))
}

func writeSynced(path string, raw []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.Write(raw); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Sync(); err != nil {
		return errors.Join(err, f.Close())
	}
	return f.Close()
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
