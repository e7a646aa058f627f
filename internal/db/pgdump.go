package db

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"huiyin/internal/errs"
)

// libpqParams are what PostgreSQL's own tools understand of an address; ours
// may hold parameters of the driver beside them.
var libpqParams = []string{
	"sslmode", "sslrootcert", "sslcert", "sslkey", "host", "port", "connect_timeout", "target_session_attrs", "options",
}

// dumpPostgres writes a consistent dump of the database with pg_dump.
func dumpPostgres(ctx context.Context, address, path string) error {
	return pgTool(ctx, "pg_dump", address, "--format=custom", "--no-owner", "--no-privileges", "--file="+path)
}

// RestorePostgres fills an empty database from a dump that Backup wrote, with
// pg_restore: all of it or nothing.
func RestorePostgres(ctx context.Context, address, path string) error {
	return pgTool(ctx, "pg_restore", address, "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", path)
}

// pgTool runs one of PostgreSQL's programs. The password goes by the
// environment, since everybody on the machine sees the arguments.
func pgTool(ctx context.Context, name, address string, args ...string) error {
	program, err := findPgTool(name)
	if err != nil {
		return errs.Wrap(err, errs.Invalid, "pg_tool_missing", "找不到 "+name+"，请安装 PostgreSQL 客户端工具，或直接用数据库的工具备份和恢复")
	}
	u, err := url.Parse(address)
	if err != nil {
		return errs.New(errs.Invalid, "db_url", "数据库地址无法解析")
	}
	password, hasPassword := u.User.Password()
	if hasPassword {
		u.User = url.User(u.User.Username())
	}
	query := u.Query()
	for key := range query {
		if !slices.Contains(libpqParams, key) {
			query.Del(key)
		}
	}
	u.RawQuery = query.Encode()
	cmd := exec.CommandContext(ctx, program, append([]string{"--dbname=" + u.String(), "--no-password"}, args...)...)
	cmd.Env = os.Environ()
	if hasPassword {
		cmd.Env = append(cmd.Env, "PGPASSWORD="+password)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return errs.Wrap(fmt.Errorf("%s: %w: %s", name, err, out), errs.Unavailable, "pg_tool_failed", name+" 未能完成，请查看日志")
	}
	return nil
}

// findPgTool looks in the search path, and then where Debian puts the programs
// of a server.
func findPgTool(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err == nil {
		return path, nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name) // the pattern is right
	if len(found) == 0 {
		return "", err
	}
	return found[len(found)-1], nil
}
