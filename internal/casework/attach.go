package casework

import (
	"context"
	"database/sql"
	"errors"

	"huiyin/internal/audit"
	"huiyin/internal/db"
	"huiyin/internal/errs"
	"huiyin/internal/ticket"
)

// Attachment is a file of a ticket. Its bytes lie with blob, by digest.
type Attachment struct {
	SHA256 string
	Name   string
	Type   string
	Size   int64
	At     ticket.Instant
}

// MaxFiles is how many attachments one ticket may have.
const MaxFiles = 50

// Attach adds a stored file to a ticket: the record holds its digest, size
// and type, the row its name.
func (s *Service) Attach(ctx context.Context, actor ticket.Actor, id int64, a Attachment) (ticket.Ticket, error) {
	files, err := selectAttachments(ctx, s.db, id)
	if err != nil {
		return ticket.Ticket{}, err
	}
	if len(files) >= MaxFiles {
		return ticket.Ticket{}, errs.Newf(errs.Limit, "files", "每件工单最多%d个附件", MaxFiles)
	}
	// Decided before anything is written, so that a ticket that takes no more
	// material does not show the file either.
	cmd := ticket.AddMaterial{Files: []ticket.File{{SHA256: a.SHA256, Size: a.Size, Type: a.Type}}}
	held, err := s.load(ctx, s.db, id)
	if err != nil {
		return ticket.Ticket{}, err
	}
	if _, err := s.decideOne(s.city.Current(), actor, held, cmd); err != nil {
		return ticket.Ticket{}, err
	}
	// The row first: a record never points to a file without a name. A row
	// without a record is a file that was offered and not taken.
	a.At = ticket.At(s.clock())
	if err := s.db.Update(ctx, func(tx *db.Tx) error { return insertAttachment(ctx, tx, id, a) }); err != nil {
		return ticket.Ticket{}, err
	}
	return s.Do(ctx, actor, id, cmd, Options{})
}

// File returns an attachment that the actor may see, and logs that they
// fetched it.
func (s *Service) File(ctx context.Context, actor ticket.Actor, number, sha256 string) (Attachment, error) {
	id, err := s.Lookup(ctx, actor, number)
	if err != nil {
		return Attachment{}, err
	}
	a := Attachment{SHA256: sha256}
	err = s.db.QueryRow(ctx, `SELECT name, type, size, added_at FROM attachment WHERE ticket = $1 AND sha256 = $2`, id, sha256).
		Scan(&a.Name, &a.Type, &a.Size, &a.At)
	if errors.Is(err, sql.ErrNoRows) {
		return a, errs.New(errs.NotFound, "file_not_found", "没有找到该附件")
	}
	if err != nil {
		return a, err
	}
	return a, s.account(ctx, s.act(actor, audit.ActFile, id, sha256))
}

func insertAttachment(ctx context.Context, tx *db.Tx, id int64, a Attachment) error {
	err := tx.Send(ctx, `INSERT INTO attachment (ticket, sha256, name, type, size, added_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (ticket, sha256) DO NOTHING`, id, a.SHA256, a.Name, a.Type, a.Size, int64(a.At))
	return err
}

func selectAttachments(ctx context.Context, q db.Queryer, id int64) ([]Attachment, error) {
	rows, err := q.Query(ctx, `SELECT sha256, name, type, size, added_at FROM attachment WHERE ticket = $1 ORDER BY added_at, sha256`, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var files []Attachment
	for rows.Next() {
		var a Attachment
		if err := rows.Scan(&a.SHA256, &a.Name, &a.Type, &a.Size, &a.At); err != nil {
			return nil, err
		}
		files = append(files, a)
	}
	return files, rows.Err()
}
