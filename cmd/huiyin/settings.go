package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"huiyin/internal/app"
	"huiyin/internal/errs"
	"huiyin/internal/org"
)

type settingsCmd struct {
	List   settingsListCmd   `cmd:"" help:"有哪些表 · list the tables"`
	Show   settingsShowCmd   `cmd:"" help:"输出一张表，格式与导入相同 · print a table as import takes it"`
	Map    settingsMapCmd    `cmd:"" help:"导入行政区划的边界，用于地图 · import the borders of areas for maps"`
	Import settingsImportCmd `cmd:"" help:"导入一张表：同一编号的行被替换，无编号的行新增，未列出的行不变 · change rows of a table"`
}

type settingsListCmd struct{}

func (settingsListCmd) Run() error {
	rows := [][]string{{"表", "内容", "列"}}
	for _, s := range org.Sheets() {
		rows = append(rows, []string{s.Name, strings.TrimSuffix(s.Title+"；"+s.Hint, "；"), strings.Join(s.Columns, ",")})
	}
	_, err := fmt.Print(table(rows))
	return err
}

func sheetCalled(name string) (org.Sheet, error) {
	s, ok := org.SheetByName(name)
	if !ok {
		return s, errs.Newf(errs.NotFound, "sheet_not_found", "没有名为 %s 的表；settings list 列出全部", name)
	}
	return s, nil
}

type settingsShowCmd struct {
	Table string `arg:"" help:"表 · table"`
}

func (c settingsShowCmd) Run(ctx context.Context, g globals) error {
	s, err := sheetCalled(c.Table)
	if err != nil {
		return err
	}
	return g.with(ctx, g.there(), func(a *app.App) error {
		return printCSV(s.Columns, s.Rows(a.City.Current()))
	})
}

type settingsMapCmd struct {
	File string `arg:"" help:"GeoJSON 文件，替换已有的全部边界 · file" type:"existingfile"`
}

func (c settingsMapCmd) Run(ctx context.Context, g globals) error {
	file, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	return g.with(ctx, g.there(), func(a *app.App) error {
		n, err := a.PutMap(ctx, operator(), file)
		if err == nil {
			fmt.Printf("已写入 %d 个区域的边界\n", n)
		}
		return err
	})
}

type settingsImportCmd struct {
	Table  string `arg:"" help:"表 · table"`
	File   string `arg:"" help:"CSV 或 xlsx 文件，列与 settings show 相同，列名中英文均可 · file" type:"existingfile"`
	DryRun bool   `help:"只检查，并说明将改变什么 · check only"`
}

func (c settingsImportCmd) Run(ctx context.Context, g globals) error {
	s, err := sheetCalled(c.Table)
	if err != nil {
		return err
	}
	rows, err := sheet(c.File, s.Columns, s.Titles)
	if err != nil {
		return err
	}
	return g.with(ctx, g.there(), func(a *app.App) error {
		said := "已写入"
		put := func() ([]org.Edit, error) { return a.PutSheet(ctx, operator(), s, rows) }
		if c.DryRun {
			said = "仅检查，没有写入；将改变"
			put = func() ([]org.Edit, error) { return a.ForeseeSheet(ctx, s, rows) }
		}
		edits, err := put()
		if err != nil {
			return err
		}
		for _, e := range edits {
			if e.Before != nil {
				fmt.Println("- " + strings.Join(e.Before, ","))
			}
			fmt.Println("+ " + strings.Join(e.After, ","))
		}
		fmt.Printf("%s %d 行，未改变 %d 行\n", said, len(edits), max(len(rows)-len(edits), 0))
		return nil
	})
}
