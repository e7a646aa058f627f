package main

import (
	"context"
	"fmt"
	"os"

	"huiyin/internal/app"
)

type backupCmd struct {
	File  string `arg:"" help:"备份文件 · file" type:"path"`
	NoKey bool   `help:"不含密钥文件，密钥另行保管 · leave the key file out"`
}

func (c backupCmd) Run(ctx context.Context, g globals) error {
	return g.with(ctx, g.there(), func(a *app.App) error {
		if err := a.Backup(ctx, c.File, !c.NoKey); err != nil {
			return err
		}
		fmt.Println("已备份到 " + c.File)
		if c.NoKey {
			fmt.Println("备份中没有密钥文件 huiyin.key，请另行保管；恢复后须放回数据目录")
		} else {
			fmt.Println("备份中有密钥文件，凭此即可打开全部数据，请妥善保管")
		}
		return nil
	})
}

type restoreCmd struct {
	File string `arg:"" help:"备份文件 · file" type:"path"`
}

func (c restoreCmd) Run(ctx context.Context, g globals) error {
	if err := app.Restore(ctx, g.config(), c.File); err != nil {
		return err
	}
	fmt.Println("已恢复到 " + g.Data)
	if key := g.config().KeyFile(); !exists(key) {
		fmt.Println("备份中没有密钥文件；请把另行保管的密钥放到 " + key + " 后再启动")
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
