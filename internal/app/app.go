// Package app puts the rooms together into a running process: it opens the
// data folder, the store, the keys and the city, and serves. It is the only
// room that knows all others.
//
// What may not enter: anything that another room could do.
package app

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"huiyin/internal/audit"
	"huiyin/internal/auth"
	"huiyin/internal/blob"
	"huiyin/internal/casework"
	"huiyin/internal/channel/mail"
	"huiyin/internal/crypt"
	"huiyin/internal/db"
	"huiyin/internal/draft"
	"huiyin/internal/errs"
	"huiyin/internal/jobs"
	"huiyin/internal/org"
	"huiyin/internal/schema"
	"huiyin/internal/search"
	"huiyin/internal/ticket"
)

// Config says where a process keeps its things.
type Config struct {
	Data  string // folder
	DB    string // postgres://…; empty for SQLite in the data folder
	There bool   // the installation must be there; otherwise an empty one is made
	Log   *slog.Logger
	Clock func() time.Time // nil for the machine's
}

// App is an opened installation.
type App struct {
	Config
	Store  *db.DB
	Keys   *crypt.Keyring
	City   *org.Live
	Cases  *casework.Service
	Tokens *auth.Tokens
	Logins *auth.Credentials
	Files  *blob.Store
	Drafts *draft.Store

	Factors  *auth.Factors
	Sessions *auth.Sessions

	mailer *mail.Mailer // nil: nothing is sent
}

// The files of a data folder.
const (
	databaseFile = "huiyin.db"
	keyFile      = "huiyin.key"
	accountsFile = "demo-accounts.csv"
	filesFolder  = "files"
)

// parallelSignIns bounds the password hashes computed at once: each takes
// 64 MiB and a core for a third of a second.
const parallelSignIns = 2

// Path returns the place of a file in the data folder.
func (c Config) Path(name string) string { return filepath.Join(c.Data, name) }

// KeyFile is where the key file lies.
func (c Config) KeyFile() string { return c.Path(keyFile) }

// OpenStore opens and migrates the store alone, for what needs no city.
func OpenStore(ctx context.Context, c Config) (*db.DB, error) {
	if c.There && c.DB == "" {
		if _, err := os.Stat(c.Path(databaseFile)); err != nil {
			return nil, errs.Wrap(err, errs.NotFound, "not_there", "数据目录 "+c.Data+" 中没有本系统的数据；请用 --data 指明正确的目录")
		}
	}
	if _, err := db.EngineOf(c.DB); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, errs.Wrap(err, errs.Unavailable, "data_folder", "数据目录无法使用："+c.Data)
	}
	d, err := db.Open(ctx, db.Config{URL: c.DB, Path: c.Path(databaseFile), Migrations: schema.Files, Log: c.Log})
	if err != nil {
		return nil, err
	}
	if c.There {
		if err := filled(ctx, d); err != nil {
			return nil, errors.Join(err, d.Close())
		}
	}
	if err := errors.Join(d.Migrate(ctx), jobs.Migrate(ctx, d, quiet(c.Log))); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// filled fails where the store has no table of ours.
func filled(ctx context.Context, d *db.DB) error {
	var revision int64
	err := d.QueryRow(ctx, `SELECT revision FROM directory WHERE id = 1`).Scan(&revision)
	if err == nil || errs.Is(err, errs.Unavailable) {
		return err
	}
	return errs.Wrap(err, errs.NotFound, "not_there", "这个数据库中没有本系统的数据；请检查 --db 和 --data")
}

// Open opens an installation.
func Open(ctx context.Context, c Config) (*App, error) {
	d, err := OpenStore(ctx, c)
	if err != nil {
		return nil, err
	}
	a, err := assemble(ctx, c, d)
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return a, nil
}

func assemble(ctx context.Context, c Config, d *db.DB) (*App, error) {
	keys, err := openKeys(ctx, c, d)
	if err != nil {
		return nil, err
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	files, err := blob.Open(c.Path(filesFolder))
	if err != nil {
		return nil, err
	}
	city, err := org.NewLive(ctx, d)
	if err != nil {
		return nil, err
	}
	return &App{
		Config: c, Store: d, Keys: keys, City: city, Files: files,
		Cases:  casework.New(casework.Config{DB: d, City: city, Keys: keys, Index: search.New(d.Engine()), Clock: c.Clock}),
		Tokens: auth.NewTokens(city.Current().Calendar().Location()),
		Logins: auth.NewCredentials(auth.NewHasher(auth.DefaultParams(), parallelSignIns)),

		Drafts:  draft.NewStore(d, keys, c.Clock),
		Factors: auth.NewFactors(keys), Sessions: auth.NewSessions(),
	}, nil
}

// Verify checks the evidence of an installation, its files too. It needs no
// keys.
func Verify(ctx context.Context, c Config) (audit.Report, error) {
	d, err := OpenStore(ctx, c)
	if err != nil {
		return audit.Report{}, err
	}
	report, err := casework.Verify(ctx, d, blob.At(c.Path(filesFolder)))
	return report, errors.Join(err, d.Close())
}

// openKeys opens the key file. It makes one only for a store in which nothing
// is sealed: with a new key, what the old one sealed would be lost for good.
func openKeys(ctx context.Context, c Config, d *db.DB) (*crypt.Keyring, error) {
	var people, factors int64
	err := d.QueryRow(ctx, `SELECT (SELECT COUNT(*) FROM (SELECT id FROM requester LIMIT 1) AS person),
		(SELECT COUNT(*) FROM (SELECT account_id FROM factor LIMIT 1) AS factor)`).Scan(&people, &factors)
	if err != nil {
		return nil, err
	}
	if people+factors > 0 {
		return crypt.Load(c.Path(keyFile))
	}
	return crypt.Open(c.Path(keyFile))
}

// Close closes the installation.
func (a *App) Close() error { return a.Store.Close() }

// Actor implements the surfaces' question of who is behind a token.
func (a *App) Actor(ctx context.Context, token string) (ticket.Actor, error) {
	id, err := a.Tokens.Lookup(ctx, a.Store, auth.Secret(token), a.Clock())
	if err != nil {
		return ticket.Actor{}, err
	}
	account, ok := a.City.Current().Account(ticket.AccountID(id))
	if !ok || !account.Active {
		return ticket.Actor{}, errs.New(errs.Unknown, "account_inactive", "该账号已停用")
	}
	return account.Actor(), nil
}
