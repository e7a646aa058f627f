package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"huiyin/internal/db"
)

// Chain is one ticket as the store holds it.
type Chain struct {
	ID       int64
	Number   string // empty: there are records or texts, but no ticket
	Seq      int64
	Head     []byte
	Salt     []byte // nil: the texts were erased
	Snapshot string
	Lines    []Line
	Texts    map[string]string // by digest
}

// Line is one record of a chain.
type Line struct {
	Seq  int64
	Body string
	Hash []byte
}

// Batch is the chains of the tickets with ids in [From, To), by id.
type Batch struct {
	From, To int64
	Chains   []*Chain
}

// Broken says what does not hold, and where first.
type Broken struct {
	Where string // "工单 261122000012 第 4 条记录", "封存 17"
	What  string
}

func (b *Broken) Error() string { return b.Where + "：" + b.What }

// Report counts what was verified.
type Report struct {
	Tickets, Records, Texts, Seals, Acts int64
	Unsealed                             int64 // tickets that grew since the last seal
	Last                                 Seal
}

// verifyBatch is how many ids are read at once, in one snapshot.
const verifyBatch = 500

// Verify checks every chain, every seal and every sealed act, in the order of
// tickets first. Check is asked of each batch of chains that hold, in the
// snapshot that they were read in: the caller knows what the records mean. The
// error is a *Broken for the first thing that does not hold, or what kept
// Verify from looking.
func Verify(ctx context.Context, d *db.DB, check func(context.Context, db.Queryer, Batch) error) (Report, error) {
	var report Report
	last, err := lastID(ctx, d)
	if err != nil {
		return report, err
	}
	for from := int64(0); from <= last; from += verifyBatch {
		err := d.View(ctx, func(tx *db.Tx) error {
			b, err := readBatch(ctx, tx, from, &report)
			if err != nil {
				return err
			}
			return check(ctx, tx, b)
		})
		if err != nil {
			return report, err
		}
	}
	err = verifySeals(ctx, d, &report)
	return report, err
}

func readBatch(ctx context.Context, q db.Queryer, from int64, report *Report) (Batch, error) {
	b := Batch{From: from, To: from + verifyBatch}
	found, err := chains(ctx, q, b.From, b.To)
	if err != nil {
		return b, err
	}
	for _, id := range slices.Sorted(maps.Keys(found)) {
		c := found[id]
		if err := c.verify(); err != nil {
			return b, err
		}
		b.Chains = append(b.Chains, c)
		report.Tickets++
		report.Records += int64(len(c.Lines))
		report.Texts += int64(len(c.Texts))
	}
	return b, nil
}

// Where names the ticket for people.
func (c *Chain) Where() string {
	if c.Number == "" {
		return fmt.Sprintf("工单（内部编号 %d）", c.ID)
	}
	return "工单 " + c.Number
}

// verify checks that the records follow each other without a gap, that each
// hash is that of its body, and that the ticket stands at the last one.
func (c *Chain) verify() error {
	if c.Number == "" {
		return &Broken{Where: c.Where(), What: "有记录而没有工单"}
	}
	var prev []byte
	for i, l := range c.Lines {
		where := fmt.Sprintf("%s 第 %d 条记录", c.Where(), i+1)
		if l.Seq != int64(i+1) {
			return &Broken{Where: where, What: fmt.Sprintf("缺失（其后是第 %d 条）", l.Seq)}
		}
		if prev = Link(prev, []byte(l.Body)); !bytes.Equal(prev, l.Hash) {
			return &Broken{Where: where, What: "内容与哈希值不符"}
		}
		var inside struct{ Seq int64 }
		if err := json.Unmarshal([]byte(l.Body), &inside); err != nil || inside.Seq != l.Seq {
			return &Broken{Where: where, What: "序号与内容不符"}
		}
	}
	if int64(len(c.Lines)) != c.Seq || !bytes.Equal(prev, c.Head) {
		return &Broken{Where: fmt.Sprintf("%s 第 %d 条记录", c.Where(), len(c.Lines)+1), What: "工单与最后一条记录不符"}
	}
	return nil
}

// verifySeals checks the chain of seals, and that what each covers is still there.
func verifySeals(ctx context.Context, d *db.DB, report *Report) error {
	last, err := lastSeal(ctx, d)
	if err != nil {
		return err
	}
	var prev []byte
	for no := int64(1); no <= last.No; no++ {
		s, err := sealAt(ctx, d, no)
		if err != nil {
			return err
		}
		if s.No == 0 {
			return &Broken{Where: fmt.Sprintf("封存 %d", no), What: "缺失"}
		}
		if err := s.verify(ctx, d, prev); err != nil {
			return err
		}
		prev = s.Hash
		report.Seals++
		report.Acts += s.Acts
	}
	report.Last = last
	if err := verifyMarks(ctx, d); err != nil {
		return err
	}
	return d.QueryRow(ctx, `SELECT COUNT(*) FROM ticket WHERE sealed_seq < seq`).Scan(&report.Unsealed)
}

// verifyMarks checks that nothing is marked as sealed that no seal covers: the
// next seal would pass over it.
func verifyMarks(ctx context.Context, q db.Queryer) error {
	id, err := markedTicket(ctx, q)
	if err == nil && id != 0 {
		err = &Broken{Where: fmt.Sprintf("工单（内部编号 %d）", id), What: "标为已封存，而没有这样的封存"}
	}
	if err != nil {
		return err
	}
	if id, err = markedAct(ctx, q); err == nil && id != 0 {
		err = &Broken{Where: fmt.Sprintf("访问日志 %d", id), What: "标为已封存，而没有这样的封存"}
	}
	return err
}

func (s Seal) verify(ctx context.Context, q db.Queryer, prev []byte) error {
	where := fmt.Sprintf("封存 %d", s.No)
	heads, err := headsOf(ctx, q, s.No)
	if err != nil {
		return err
	}
	acts, err := actsOf(ctx, q, s.No)
	if err != nil {
		return err
	}
	// First what is under the seal, so that the missing thing is named rather
	// than the seal that it breaks.
	for _, h := range heads {
		hash, err := recordHash(ctx, q, h.ticket, h.seq)
		if err != nil {
			return err
		}
		if !bytes.Equal(hash, h.hash) {
			return &Broken{
				Where: fmt.Sprintf("工单（内部编号 %d）第 %d 条记录", h.ticket, h.seq),
				What:  fmt.Sprintf("已由封存 %d 封存，现在缺失或已改动", s.No),
			}
		}
	}
	if int64(len(acts)) != s.Acts {
		return &Broken{Where: where, What: fmt.Sprintf("访问日志应有 %d 条，现有 %d 条", s.Acts, len(acts))}
	}
	if int64(len(heads)) != s.Heads || !bytes.Equal(s.link(prev, heads, acts), s.Hash) {
		return &Broken{Where: where, What: "封存的内容与哈希值不符"}
	}
	return nil
}
