package main

import (
	"context"
	"fmt"

	"huiyin/internal/app"
)

type backupCmd struct {
	File  string `arg:"" help:"备份文件 · file" type:"path"`
	NoKey bool   `help:"不含密钥文件，密钥另行保管 · leave the key file out"`
}

func (c backupCmd) Run(ctx context.Context, g globals) error {
	return g.with(ctx, func(a *app.App) error {
		if err := a.Backup(ctx, c.File, !c.NoKey); err != nil {
			return err
		}
		fmt.Println("已备份到 " + c.File)
		return nil
	})
}

type restoreCmd struct {
	File string `arg:"" help:"备份文件 · file" type:"existingfile"`
}

func (c restoreCmd) Run(ctx context.Context, g globals) error {
	if err := app.Restore(ctx, g.config(), c.File); err != nil {
		return err
	}
	fmt.Println("已恢复到 " + g.Data)
	return nil
}
