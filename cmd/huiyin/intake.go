package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"huiyin/internal/app"
	"huiyin/internal/intake"
	"huiyin/internal/ticket"
)

type demoCmd struct{}

func (demoCmd) Run(ctx context.Context, g globals) error {
	return g.with(ctx, g.config(), func(a *app.App) error { return fillDemo(ctx, a) })
}

// fillDemo makes the demo city, its accounts and its cases. What is there
// already is left alone.
func fillDemo(ctx context.Context, a *app.App) error {
	if err := a.FillCity(ctx); err != nil {
		return err
	}
	if err := a.FillAccounts(ctx); err != nil {
		return err
	}
	cases, err := a.DemoCases(ctx)
	if err != nil {
		return err
	}
	if err := replay(ctx, a, cases); err != nil {
		return err
	}
	fmt.Printf("演示城市已就绪：%d 家联动单位；演示账号见 %s\n", len(a.City.Current().Units()), filepath.Join(a.Data, "demo-accounts.csv"))
	return nil
}

func replay(ctx context.Context, a *app.App, cases []intake.Case) error {
	bar := progress(len(cases), "重放")
	result, err := a.Replay(ctx, cases, func(p intake.Progress) { bar.set(p.Done) })
	bar.done()
	if err != nil {
		return err
	}
	fmt.Printf("重放 %d 件：操作 %d 次，已在库中 %d 件，未能走完 %d 件\n", result.Done, result.Acts, result.Skipped, result.Refused)
	for _, p := range result.Problems[:min(len(result.Problems), 10)] {
		fmt.Fprintln(os.Stderr, p)
	}
	return nil
}

type replayCmd struct {
	File string `arg:"" optional:"" help:"有答复的诉求文件；不填则使用演示诉求 · file of matters with replies" type:"existingfile"`
}

func (c replayCmd) Run(ctx context.Context, g globals) error {
	return g.with(ctx, g.there(), func(a *app.App) error {
		cases, err := a.DemoCases(ctx)
		if c.File != "" {
			cases, err = a.CasesOf(ctx, c.File)
		}
		if err != nil {
			return err
		}
		return replay(ctx, a, cases)
	})
}

type importCmd struct {
	File     string `arg:"" help:"CSV 或 xlsx 文件 · file" type:"existingfile"`
	Map      string `help:"列的对应，如 title=留言主题,time=留言时间 · column mapping"`
	DryRun   bool   `help:"只检查，不写入 · check only"`
	Login    string `help:"以哪个坐席账号登记 · account that submits" default:"agent01"`
	Source   string `help:"来源名称：不断增长的同一清单应使用同一名称 · name of a list that grows"`
	Refusals string `help:"未导入的行写入此文件 · file for refused rows" default:"import-refused.csv"`
	Strict   bool   `help:"有行不能导入时以 1 退出 · exit 1 if a row is refused"`
}

func (c importCmd) Run(ctx context.Context, g globals) error {
	return g.with(ctx, g.there(), func(a *app.App) error {
		actor, err := a.ActorByLogin(c.Login)
		if err != nil {
			return err
		}
		t, err := intake.Open(c.File)
		if err != nil {
			return err
		}
		defer t.Close()
		o := intake.Options{City: a.City.Current(), Now: time.Now(), Source: c.Source}
		if o.Mapping, err = intake.Guess(t.Header).With(c.Map, t.Header); err != nil {
			return err
		}
		plan, err := intake.MakePlan(ctx, t, o)
		if err != nil {
			return err
		}
		printPlan(plan)
		if !c.DryRun && plan.Good > 0 {
			if err := c.run(ctx, a, actor, o, plan); err != nil {
				return err
			}
		}
		if c.Strict && plan.Refused > 0 {
			return fmt.Errorf("有 %d 行不能导入", plan.Refused)
		}
		return nil
	})
}

func (c importCmd) run(ctx context.Context, a *app.App, actor ticket.Actor, o intake.Options, plan intake.Plan) (err error) {
	t, err := intake.Open(c.File) // again from the start
	if err != nil {
		return err
	}
	defer t.Close()
	refusals, err := os.OpenFile(c.Refusals, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer refusals.Close()
	bar := progress(plan.Rows, "导入")
	done, err := intake.Import(ctx, t, intake.ImportConfig{
		Options: o, Service: a.Cases, Actor: actor, Refusals: refusals, Progress: func(p intake.Progress) { bar.set(p.Done) },
	})
	bar.done()
	if err != nil {
		return fmt.Errorf("导入中断，已处理 %d 行；排除问题后再次运行即可续传：%w", done.Done, err)
	}
	fmt.Printf("已处理 %d 行：新导入 %d 行，早已在库 %d 行，未导入 %d 行（见 %s）\n",
		done.Done, done.Done-done.Known-done.Refused, done.Known, done.Refused, c.Refusals)
	return nil
}

func printPlan(p intake.Plan) {
	fmt.Printf("文件 %s：%d 行，可导入 %d 行，不能导入 %d 行\n", p.File, p.Rows, p.Good, p.Refused)
	if p.Good > 0 {
		fmt.Printf("时间 %s 至 %s\n", p.From.Format(time.DateTime), p.To.Format(time.DateTime))
	}
	var reasons []string
	for reason := range p.Reasons {
		reasons = append(reasons, reason)
	}
	slices.Sort(reasons)
	for _, reason := range reasons {
		fmt.Printf("  %d 行：%s\n", p.Reasons[reason], reason)
	}
	for _, problem := range p.Problems {
		fmt.Println("  " + problem.String())
	}
}
