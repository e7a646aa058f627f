package casework

import (
	"context"
	"encoding/json"
	"fmt"

	"huiyin/internal/audit"
	"huiyin/internal/db"
	"huiyin/internal/ticket"
)

// Verify checks the whole evidence offline: chains, seals, acts, and for each
// ticket that its records give the stored state byte for byte and that its
// texts are the ones that were recorded.
func Verify(ctx context.Context, d *db.DB) (audit.Report, error) {
	return audit.Verify(ctx, d, checkChain)
}

func checkChain(c *audit.Chain) error {
	var t ticket.Ticket
	for _, l := range c.Lines {
		var r ticket.Record
		if err := json.Unmarshal([]byte(l.Body), &r); err != nil {
			return fmt.Errorf("第 %d 条记录无法识别：%w", l.Seq, err)
		}
		if err := ticket.Evolve(&t, &r); err != nil {
			return fmt.Errorf("第 %d 条记录不能接续：%w", l.Seq, err)
		}
		for _, text := range ticket.Texts(r.Event) {
			if _, ok := c.Texts[text.Sum]; !ok && c.Salt != nil {
				return fmt.Errorf("第 %d 条记录的文字缺失", l.Seq)
			}
		}
	}
	if again, err := json.Marshal(t); err != nil || string(again) != c.Snapshot {
		return fmt.Errorf("重放 %d 条记录得到的状态与保存的不符", len(c.Lines))
	}
	for sum, body := range c.Texts {
		if ticket.Digest(c.Salt, body) != sum {
			return fmt.Errorf("文字 %s 已被改动", sum)
		}
	}
	return nil
}
