package casework_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"huiyin/internal/audit"
	"huiyin/internal/blob"
	"huiyin/internal/casework"
	"huiyin/internal/db"
	"huiyin/internal/db/dbtest"
	"huiyin/internal/ticket"
)

// TestTampering changes, removes and inserts one thing after another behind
// the back of the house, and wants Verify to name it each time.
func TestTampering(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		w := setup(t, d)
		tickets := w.evidence(t)
		keep(t, d)
		verified(t, w)
		tk := tickets[2]
		inTicket := "工单 " + tk.Number
		for _, tc := range []struct {
			name  string
			texts []string // %d is the ticket's id
			where string
		}{
			{"changed record", []string{`UPDATE record SET body = REPLACE(body, '"seq":3', '"seq": 3') WHERE ticket = %d AND seq = 3`}, inTicket + " 第 3 条记录"},
			{"changed hash", []string{`UPDATE record SET hash = (SELECT hash FROM record WHERE ticket = %[1]d AND seq = 1) WHERE ticket = %[1]d AND seq = 2`}, inTicket + " 第 2 条记录"},
			{"removed record", []string{`DELETE FROM record WHERE ticket = %d AND seq = 4`}, inTicket + " 第 4 条记录"},
			{"removed last record", []string{`DELETE FROM record WHERE ticket = %[1]d AND seq = (SELECT MAX(seq) FROM record WHERE ticket = %[1]d)`}, inTicket},
			{"inserted record", []string{`INSERT INTO record (ticket, seq, body, hash) SELECT ticket, seq + 1, body, hash FROM record WHERE ticket = %[1]d ORDER BY seq DESC LIMIT 1`}, inTicket},
			{"swapped records", []string{`UPDATE record SET seq = 99 WHERE ticket = %d AND seq = 2`, `UPDATE record SET seq = 2 WHERE ticket = %d AND seq = 3`, `UPDATE record SET seq = 3 WHERE ticket = %d AND seq = 99`}, inTicket + " 第 2 条记录"},
			{"changed state", []string{`UPDATE ticket SET snapshot = REPLACE(snapshot, '"stage":"replied"', '"stage":"closed"') WHERE id = %d`}, inTicket},
			{"changed text", []string{`UPDATE content SET body = '改过' WHERE ticket = %d AND body = '已修好。'`}, inTicket},
			{"removed text", []string{`DELETE FROM content WHERE ticket = %d AND body = '已修好。'`}, inTicket},
			{"removed ticket row", []string{`DELETE FROM ticket WHERE id = %d`}, fmt.Sprintf("内部编号 %d", tk.ID)},
			{"cut-out ticket", []string{`DELETE FROM ticket WHERE id = %d`, `DELETE FROM record WHERE ticket = %d`, `DELETE FROM content WHERE ticket = %d`}, fmt.Sprintf("内部编号 %d", tk.ID)},
			{"removed act", []string{`DELETE FROM access WHERE ticket = %d`}, "封存"},
			{"changed act", []string{`UPDATE access SET account = 77 WHERE ticket = %d`}, "封存"},
			{"removed seal", []string{`DELETE FROM seal WHERE no = 2`}, "封存 2"},
			{"changed seal head", []string{`UPDATE seal_head SET seq = 2 WHERE ticket = %d`}, fmt.Sprintf("内部编号 %d", tk.ID)},
			{"forged title", []string{`UPDATE ticket SET title = '别的事' WHERE id = %d`}, "标题"},
			{"changed number", []string{`UPDATE ticket SET number = '990101000001' WHERE id = %d`}, "990101000001"},
			{"changed column", []string{`UPDATE ticket SET confidential = 1 WHERE id = %d`}, inTicket},
			{"lost to lists", []string{`UPDATE ticket SET is_open = 0 WHERE id = %d`}, inTicket},
			{"lost to its unit", []string{`DELETE FROM sight WHERE ticket = %d`}, inTicket},
			{"shown to another unit", []string{`INSERT INTO sight (unit, ticket, direct, is_owed) VALUES (2, %d, 1, 1)`}, inTicket},
			{"hidden assignment", []string{`UPDATE assignment SET unit = 6 WHERE ticket = %d`}, inTicket},
			{"moved deadline", []string{`UPDATE clock SET due = due + 86400000 WHERE ticket = %d AND step = 'handle'`}, inTicket},
			{"removed clock", []string{`DELETE FROM clock WHERE ticket = %d AND step = 'overall'`}, inTicket},
			{"forgotten by the sweep", []string{`UPDATE clock SET next_at = NULL WHERE ticket = %d`}, inTicket},
			{"not to do any more", []string{`UPDATE clock SET is_todo = 1 - is_todo WHERE ticket = %d AND step = 'overall'`}, inTicket},
			{"assignment of no ticket", []string{`UPDATE assignment SET ticket = 499 WHERE ticket = %d`}, inTicket},
			{"clock of no ticket", []string{`UPDATE clock SET ticket = 499 WHERE ticket = %[1]d AND no = 1`, `INSERT INTO clock SELECT * FROM kept_clock WHERE ticket = %[1]d AND no = 1`}, "内部编号 499"},
			{"lost attachment", []string{`DELETE FROM attachment WHERE ticket = %d`}, inTicket + " 第 2 条记录"},
			{"swapped attachment", []string{`UPDATE attachment SET sha256 = 'another' WHERE ticket = %d`}, inTicket + " 第 2 条记录"},
			{"attachment of another type", []string{`UPDATE attachment SET type = 'text/html' WHERE ticket = %d`}, inTicket + " 第 2 条记录"},
			{"slipped-in attachment", []string{`INSERT INTO attachment (ticket, sha256, name, type, size, added_at) VALUES (%d, 'another', 'a.txt', 'text/plain', 1, 1)`}, inTicket},
			{"marked as sealed", []string{`UPDATE ticket SET sealed_seq = 0 WHERE id = %d`}, fmt.Sprintf("内部编号 %d", tk.ID)},
			{"act under no seal", []string{`INSERT INTO access (id, at, account, unit, act, ticket, detail, seal) VALUES (99999, 1, 1, 1, 'open', 1, '', 77)`}, "访问日志 99999"},
			{"removed seal head", []string{`DELETE FROM seal_head WHERE ticket = %d`}, "封存"},
		} {
			err := d.Update(t.Context(), func(tx *db.Tx) error {
				for _, text := range tc.texts {
					if strings.Contains(text, "%") {
						text = fmt.Sprintf(text, tk.ID)
					}
					if _, err := tx.Exec(t.Context(), text); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatalf("%s: %v", tc.name, err)
			}
			_, err = casework.Verify(t.Context(), d, nil)
			var broken *audit.Broken
			restore(t, d)
			if !errors.As(err, &broken) || !strings.Contains(broken.Error(), tc.where) {
				t.Errorf("%s: %v, want %s", tc.name, err, tc.where)
			}
		}
	})
}

// TestTamperedFile: a file that is not what was attached, or is gone.
func TestTamperedFile(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t, db.SQLite)
	w := setup(t, d)
	dir := t.TempDir()
	files, err := blob.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	info, err := files.Put(strings.NewReader("照片说明"), "说明.txt")
	if err != nil {
		t.Fatal(err)
	}
	tk := w.submit(t, "路灯不亮")
	a := casework.Attachment{SHA256: info.SHA256, Name: "说明.txt", Type: info.Type, Size: info.Size}
	if _, err := w.Attach(t.Context(), actor(center), tk.ID, a); err != nil {
		t.Fatal(err)
	}
	if _, err := casework.Verify(t.Context(), d, files); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, info.SHA256[:2], info.SHA256)
	for _, change := range []func() error{
		func() error { return errors.Join(os.Remove(path), os.WriteFile(path, []byte("别的说明"), 0o400)) },
		func() error { return os.Remove(path) },
	} {
		if err := change(); err != nil {
			t.Fatal(err)
		}
		_, err := casework.Verify(t.Context(), d, files)
		var broken *audit.Broken
		if !errors.As(err, &broken) || broken.Where != "工单 "+tk.Number+" 第 2 条记录" {
			t.Error(err)
		}
	}
}

// evidence makes five tickets under three seals, the last two of them partly.
func (w *town) evidence(t *testing.T) (tickets []ticket.Ticket) {
	t.Helper()
	for i := range 5 {
		tk := w.submit(t, fmt.Sprintf("第%d件", i))
		if _, err := w.Attach(t.Context(), actor(center), tk.ID, casework.Attachment{SHA256: fmt.Sprintf("sum-%d", i), Name: "照片.jpg", Type: "image/jpeg", Size: 9}); err != nil {
			t.Fatal(err)
		}
		w.toReplied(t, tk.ID)
		if _, err := w.Open(t.Context(), actor(center), tk.Number); err != nil {
			t.Fatal(err)
		}
		tickets = append(tickets, tk)
		if i%2 == 0 {
			if _, err := audit.SealAll(t.Context(), w.db, int64(1000+i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return tickets
}

var kept = []string{"attachment", "assignment", "clock", "sight", "ticket", "record", "content", "access", "seal", "seal_head"}

// keep copies the evidence aside; restore brings it back.
func keep(t *testing.T, d *db.DB) {
	t.Helper()
	exec(t, d, func(table string) []string {
		return []string{"CREATE TABLE kept_" + table + " AS SELECT * FROM " + table}
	})
}

func restore(t *testing.T, d *db.DB) {
	t.Helper()
	exec(t, d, func(table string) []string {
		return []string{"DELETE FROM " + table, "INSERT INTO " + table + " SELECT * FROM kept_" + table}
	})
}

func exec(t *testing.T, d *db.DB, texts func(table string) []string) {
	t.Helper()
	err := d.Update(t.Context(), func(tx *db.Tx) error {
		for _, table := range kept {
			for _, text := range texts(table) {
				if _, err := tx.Exec(t.Context(), text); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
