package casework

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"

	"huiyin/internal/audit"
	"huiyin/internal/db"
	"huiyin/internal/ticket"
)

// Verify checks the whole evidence offline: chains, seals, acts, and for each
// ticket that its records give the stored state byte for byte, that its texts
// are the ones that were recorded, that lists and searches show it as it is,
// and that no recorded file lost its place.
func Verify(ctx context.Context, d *db.DB) (audit.Report, error) {
	report, err := audit.Verify(ctx, d, checkChain)
	if err != nil {
		return report, err
	}
	var last int64
	if err := d.QueryRow(ctx, `SELECT COALESCE(MAX(id), 0) FROM ticket`).Scan(&last); err != nil {
		return report, err
	}
	for from := int64(0); from <= last; from += verifyBatch {
		err := d.View(ctx, func(tx *db.Tx) error { return checkRows(ctx, tx, from, from+verifyBatch) })
		if err != nil {
			return report, err
		}
	}
	return report, nil
}

// verifyBatch is how many ids are looked at in one snapshot.
const verifyBatch = 1000

// checkRows checks what lies beside the records of some tickets.
func checkRows(ctx context.Context, q db.Queryer, from, to int64) error {
	rows, err := q.Query(ctx, `SELECT id, number, seq, snapshot, title, salt, state, kind, channel, urgency, category, area, center, lead_unit,
		requester, confidential, published, submitted_at, replied_at, closed_at, is_open, owes_unit, due, overall_due
		FROM ticket WHERE id >= $1 AND id < $2 ORDER BY id`, from, to)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var r ticketRow
		var snapshot, title string
		var salt []byte
		if err := rows.Scan(&r.ID, &r.Number, &r.Seq, &snapshot, &title, &salt, &r.State, &r.Kind, &r.Channel, &r.Urgency, &r.Category,
			&r.Area, &r.Center, &r.LeadUnit, &r.Requester, &r.Confidential, &r.Published, &r.SubmittedAt, &r.RepliedAt, &r.ClosedAt,
			&r.Open, &r.OwesUnit, &r.Due, &r.OverallDue); err != nil {
			return err
		}
		if what := checkRow(&r, snapshot, title, salt); what != "" {
			return &audit.Broken{Where: "工单 " + r.Number, What: what}
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return checkFiles(ctx, q, from, to)
}

// checkRow says what does not hold between a ticket's row and its state.
func checkRow(row *ticketRow, snapshot, title string, salt []byte) string {
	var t ticket.Ticket
	if err := json.Unmarshal([]byte(snapshot), &t); err != nil {
		return "保存的状态无法识别"
	}
	if !reflect.DeepEqual(*row, columns(&t)) {
		return "列表所示与保存的状态不符"
	}
	if salt != nil && ticket.Digest(salt, title) != t.Title.Sum {
		return "标题已被改动"
	}
	return ""
}

// checkFiles looks for files that a record names and no attachment is.
func checkFiles(ctx context.Context, q db.Queryer, from, to int64) error {
	there := map[string]bool{}
	err := each(ctx, q, `SELECT t.number, a.sha256 FROM attachment a JOIN ticket t ON t.id = a.ticket
		WHERE a.ticket >= $1 AND a.ticket < $2`, from, to, func(number, sha256 string) error {
		there[number+" "+sha256] = true
		return nil
	})
	if err != nil {
		return err
	}
	return each(ctx, q, `SELECT t.number, r.body FROM record r JOIN ticket t ON t.id = r.ticket
		WHERE r.ticket >= $1 AND r.ticket < $2 AND r.body LIKE '%"sha256"%' ORDER BY r.ticket, r.seq`, from, to, func(number, body string) error {
		var r ticket.Record
		if err := json.Unmarshal([]byte(body), &r); err != nil {
			return err
		}
		added, ok := r.Event.(ticket.MaterialAdded)
		for i := range added.Files {
			if f := &added.Files[i]; ok && !there[number+" "+f.SHA256] {
				return &audit.Broken{Where: fmt.Sprintf("工单 %s 第 %d 条记录", number, r.Seq), What: "附件缺失"}
			}
		}
		return nil
	})
}

func each(ctx context.Context, q db.Queryer, query string, from, to int64, do func(number, what string) error) error {
	rows, err := q.Query(ctx, query, from, to)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var number, what string
		if err := rows.Scan(&number, &what); err != nil {
			return err
		}
		if err := do(number, what); err != nil {
			return err
		}
	}
	return rows.Err()
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
