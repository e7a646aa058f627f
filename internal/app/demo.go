package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"huiyin/internal/audit"
	"huiyin/internal/auth"
	"huiyin/internal/db"
	"huiyin/internal/demo"
	"huiyin/internal/errs"
	"huiyin/internal/intake"
)

// demoParams make the passwords of the demo cheap to hash: they are random and
// carry more than 90 bits, so nothing is to be gained by guessing.
var demoParams = auth.Params{Memory: 8 * 1024, Time: 1, Threads: 1}

// replaySeed makes every replay choose alike.
const replaySeed = 12345

// FillCity writes the demo city into an empty store. One that holds it already
// is left as it is.
func (a *App) FillCity(ctx context.Context) error {
	if err := demo.Fill(ctx, a.Store, demo.Options{}); err != nil {
		return err
	}
	return a.City.Reload(ctx)
}

// FillAccounts gives the demo's accounts for visitors random passwords and
// second factors and writes them to the data folder, unless that was done
// before.
func (a *App) FillAccounts(ctx context.Context) error {
	path := a.Path(accountsFile)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	hasher := auth.NewCredentials(auth.NewHasher(demoParams, parallelSignIns))
	var logins []demo.Login
	hashes := map[int64]string{}
	dir := a.City.Current()
	for _, account := range demo.Showcase(dir) {
		password := auth.RandomPassword()
		hash, err := hasher.Hash(ctx, password)
		if err != nil {
			return err
		}
		hashes[int64(account.ID)] = hash
		unit, _ := dir.Unit(account.Unit)
		logins = append(logins, demo.Login{Account: account, Unit: unit.Name, Password: password.Plain()})
	}
	err := a.Store.Update(ctx, func(tx *db.Tx) error {
		for i, l := range logins {
			id := int64(l.Account.ID)
			if err := hasher.Set(ctx, tx, id, hashes[id], a.Clock()); err != nil {
				return err
			}
			secret, err := a.Factors.Assign(ctx, tx, id, a.Clock())
			if err != nil {
				return err
			}
			logins[i].Factor = secret.Plain()
		}
		return nil
	})
	if err != nil {
		return err
	}
	return demo.WriteAccounts(path, logins)
}

// DemoCode returns a code of the second factor that an account of the demo may
// sign in with now. For any other it is Denied: their codes are on their
// owners' phones only.
func (a *App) DemoCode(ctx context.Context, login string) (auth.Secret, error) {
	account, err := a.account(login)
	if err != nil {
		return "", err
	}
	listed, err := demo.Listed(a.Path(accountsFile), login)
	if err != nil {
		return "", err
	}
	if !listed {
		return "", errs.Newf(errs.Denied, "not_demo", "账号 %s 不是演示账号（数据目录中的 %s 未列出），其动态口令只在本人的身份验证器上；可用 user reset-factor 让其重新绑定", login, accountsFile)
	}
	return a.Factors.Code(ctx, a.Store, int64(account.ID), a.Clock())
}

// Replay drives cases through the loop at their own dates and seals the result.
func (a *App) Replay(ctx context.Context, cases []intake.Case, progress func(intake.Progress)) (intake.ReplayResult, error) {
	result, err := intake.Replay(ctx, cases, intake.ReplayConfig{
		Service: a.Cases, City: a.City.Current(), Seed: replaySeed, Now: a.Clock(), Progress: progress,
	})
	if err != nil {
		return result, err
	}
	_, err = audit.SealAll(ctx, a.Store, a.Clock().UnixMilli())
	return result, err
}

// DemoCases returns what the demo opens on: the real messages with replies
// where the file is there, and always the messages written for the demo, which
// lie around today and stand at every stage of the loop.
func (a *App) DemoCases(ctx context.Context) ([]intake.Case, error) {
	messages, err := demo.Messages()
	if err != nil {
		return nil, err
	}
	cases := intake.DemoCases(messages, a.City.Current(), a.Clock())
	here, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	path, ok := intake.RealMessages(here)
	if !ok {
		return cases, nil
	}
	real, err := a.CasesOf(ctx, path)
	return append(real, cases...), err
}

// CasesOf reads the messages with replies of a file.
func (a *App) CasesOf(ctx context.Context, path string) ([]intake.Case, error) {
	t, err := intake.Open(path)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	cases, _, err := intake.Cases(ctx, t, a.intakeOptions(t))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return cases, nil
}

func (a *App) intakeOptions(t *intake.Table) intake.Options {
	return intake.Options{Mapping: intake.Guess(t.Header), City: a.City.Current(), Now: a.Clock()}
}
