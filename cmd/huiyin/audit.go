package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"huiyin/internal/app"
	"huiyin/internal/audit"
)

type auditCmd struct {
	Verify auditVerifyCmd `cmd:"" help:"核验全部记录；有问题时最后一行指明第一处 · verify all records"`
	Seal   auditSealCmd   `cmd:"" help:"立即封存 · seal now"`
}

type auditVerifyCmd struct{}

func (auditVerifyCmd) Run(ctx context.Context, g globals) error {
	report, err := app.Verify(ctx, g.there())
	if broken, ok := errors.AsType[*audit.Broken](err); ok {
		fmt.Println(broken.Error())
		return errors.New("核验未通过：" + broken.Error())
	}
	if err != nil {
		return err
	}
	fmt.Printf("核验通过：%d 件工单、%d 条记录、%d 段文字、%d 次封存、%d 条访问日志；%d 件工单在最近一次封存之后有新记录\n",
		report.Tickets, report.Records, report.Texts, report.Seals, report.Acts, report.Unsealed)
	if report.Last.No > 0 {
		printSeal(report.Last)
	}
	return nil
}

type auditSealCmd struct{}

func (auditSealCmd) Run(ctx context.Context, g globals) error {
	d, err := app.OpenStore(ctx, g.there())
	if err != nil {
		return err
	}
	defer d.Close()
	s, err := audit.SealAll(ctx, d, time.Now().UnixMilli())
	if err != nil {
		return err
	}
	if s.No == 0 {
		fmt.Println("没有新的记录需要封存")
		return nil
	}
	printSeal(s)
	return nil
}

func printSeal(s audit.Seal) {
	fmt.Printf("最近一次封存：%d %x（请抄存于系统之外）\n", s.No, s.Hash)
}
