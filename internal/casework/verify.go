package casework

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"huiyin/internal/audit"
	"huiyin/internal/blob"
	"huiyin/internal/db"
	"huiyin/internal/org"
	"huiyin/internal/ticket"
)

// Verify checks the whole evidence offline: chains, seals, acts, and for each
// ticket that its records give the stored state byte for byte, that its texts
// are the ones that were recorded, that lists and deadlines show it as it is to
// whom they should, and that no recorded file is lost or changed. The names of
// files and the index of words are in no record, and are not looked at.
// Without files the bytes of the files are not looked at.
func Verify(ctx context.Context, d *db.DB, files *blob.Store) (audit.Report, error) {
	city, err := org.Load(ctx, d)
	if err != nil {
		return audit.Report{}, err
	}
	v := verifier{city: city, files: files}
	return audit.Verify(ctx, d, v.batch)
}

type verifier struct {
	city  *org.Directory
	files *blob.Store
}

// batch checks some tickets: each against its records, then what lies beside
// the records against all of them.
func (v *verifier) batch(ctx context.Context, q db.Queryer, b audit.Batch) error {
	tickets := make(map[int64]*ticket.Ticket, len(b.Chains))
	for _, c := range b.Chains {
		t, err := replayed(c)
		if err != nil {
			return &audit.Broken{Where: c.Where(), What: err.Error()}
		}
		tickets[c.ID] = t
	}
	stored, err := readStored(ctx, q, b.From, b.To)
	if err != nil {
		return err
	}
	for _, c := range b.Chains {
		if what := v.differs(stored, tickets[c.ID], c); what != "" {
			return &audit.Broken{Where: c.Where(), What: what}
		}
		if err := v.checkFiles(stored.files[c.ID], c); err != nil {
			return err
		}
	}
	if id := stored.stray(tickets); id != 0 {
		return &audit.Broken{Where: fmt.Sprintf("工单（内部编号 %d）", id), What: "有办理数据而没有工单"}
	}
	return nil
}

// replayed returns the ticket that the records of a chain give.
func replayed(c *audit.Chain) (*ticket.Ticket, error) {
	t := &ticket.Ticket{}
	for _, l := range c.Lines {
		var r ticket.Record
		if err := json.Unmarshal([]byte(l.Body), &r); err != nil {
			return nil, fmt.Errorf("第 %d 条记录无法识别：%w", l.Seq, err)
		}
		if err := ticket.Evolve(t, &r); err != nil {
			return nil, fmt.Errorf("第 %d 条记录不能接续：%w", l.Seq, err)
		}
		for _, text := range ticket.Texts(r.Event) {
			if _, ok := c.Texts[text.Sum]; !ok && c.Salt != nil {
				return nil, fmt.Errorf("第 %d 条记录的文字缺失", l.Seq)
			}
		}
	}
	if again, err := json.Marshal(t); err != nil || string(again) != c.Snapshot {
		return nil, fmt.Errorf("重放 %d 条记录得到的状态与保存的不符", len(c.Lines))
	}
	for sum, body := range c.Texts {
		if ticket.Digest(c.Salt, body) != sum {
			return nil, fmt.Errorf("文字 %s 已被改动", sum)
		}
	}
	return t, nil
}

// differs says what is stored otherwise than the ticket's state wants it.
func (v *verifier) differs(s *stored, t *ticket.Ticket, c *audit.Chain) string {
	row := s.rows[c.ID]
	_, owed := t.Duty()
	sight := map[ticket.UnitID]seen{}
	for unit, direct := range viewers(v.city, t) {
		sight[unit] = seen{direct: flag(direct), owed: flag(owed)}
	}
	switch {
	case !reflect.DeepEqual(row.ticketRow, columns(t)):
		return "列表所示与保存的状态不符"
	case c.Salt != nil && ticket.Digest(c.Salt, row.title) != t.Title.Sum:
		return "标题已被改动"
	case !slices.Equal(s.assignments[c.ID], assignmentRows(t)):
		return "承办任务与记录不符"
	case !slices.Equal(s.clocks[c.ID], clockRows(t, unasked)):
		return "时限与记录不符"
	case !maps.Equal(s.sight[c.ID], sight):
		return "可见范围与记录不符"
	}
	return ""
}

// unasked leaves open when the platform looks at a clock next: that is for the
// city's policy to say. That it does at all, stored.clocks says.
func unasked(*ticket.Clock) ticket.Instant { return 0 }

// checkFiles looks for files that a record names and that are not there, or
// not what they were, and for some that no record names.
func (v *verifier) checkFiles(attached map[string]ticket.File, c *audit.Chain) error {
	unnamed := maps.Clone(attached)
	for _, l := range c.Lines {
		var r ticket.Record
		if err := json.Unmarshal([]byte(l.Body), &r); err != nil {
			return err
		}
		added, _ := r.Event.(ticket.MaterialAdded)
		for i := range added.Files {
			delete(unnamed, added.Files[i].SHA256)
			if what := v.file(attached, added.Files[i]); what != "" {
				return &audit.Broken{Where: fmt.Sprintf("%s 第 %d 条记录", c.Where(), r.Seq), What: what}
			}
		}
	}
	if len(unnamed) > 0 {
		return &audit.Broken{Where: c.Where(), What: "有附件而没有记录"}
	}
	return nil
}

func (v *verifier) file(attached map[string]ticket.File, recorded ticket.File) string {
	switch there, ok := attached[recorded.SHA256]; {
	case !ok:
		return "附件缺失"
	case there != recorded:
		return "附件的类型或大小已被改动"
	case v.files == nil:
		return ""
	}
	if err := v.files.Check(recorded.SHA256); err != nil {
		return "附件" + err.Error()
	}
	return ""
}
