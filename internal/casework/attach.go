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

// What one ticket may hold.
const (
	MaxFiles     = 50
	MaxFileBytes = 200 << 20
)

var (
	errFiles     = errs.Newf(errs.Limit, "files", "每件工单最多%d个附件", MaxFiles)
	errFileBytes = errs.Newf(errs.Limit, "file_bytes", "每件工单的附件合计不能超过%dMB", MaxFileBytes>>20)
	errAttached  = errs.New(errs.Conflict, "attached", "该附件已登记")
)

// MayAttach says whether the actor may add a file to the ticket now: to be
// asked before the file is read, so that a ticket that takes none costs no disk.
func (s *Service) MayAttach(ctx context.Context, actor ticket.Actor, id int64) error {
	held, err := s.load(ctx, s.db, id)
	if err != nil {
		return err
	}
	if _, err := s.decideOne(s.city.Current(), actor, held, ticket.AddMaterial{Files: make([]ticket.File, 1)}); err != nil {
		return err
	}
	return room(ctx, s.db, id, 1)
}

// Attach adds a stored file to a ticket: the record holds its digest, size
// and type, the row its name. A file that the ticket has is not added again.
// A file that is refused here, after it was stored, stays where it is: another
// ticket may hold the same.
func (s *Service) Attach(ctx context.Context, actor ticket.Actor, id int64, a Attachment) (Attachment, error) {
	a.At = ticket.At(s.clock())
	cmd := ticket.AddMaterial{Files: []ticket.File{{SHA256: a.SHA256, Size: a.Size, Type: a.Type}}}
	_, err := s.Do(ctx, actor, id, cmd, Options{also: func(ctx context.Context, tx *db.Tx) error { return attach(ctx, tx, id, a) }})
	if errors.Is(err, errAttached) {
		return s.attached(ctx, id, a.SHA256)
	}
	return a, err
}

func attach(ctx context.Context, tx *db.Tx, id int64, a Attachment) error {
	n, err := insertAttachment(ctx, tx, id, a)
	switch {
	case err != nil:
		return err
	case n == 0:
		return errAttached
	}
	return room(ctx, tx, id, 0)
}

// room checks that a ticket may hold so many files more.
func room(ctx context.Context, q db.Queryer, id, more int64) error {
	var files, bytes int64
	err := q.QueryRow(ctx, `SELECT COUNT(*), COALESCE(SUM(size), 0) FROM attachment WHERE ticket = $1`, id).Scan(&files, &bytes)
	switch {
	case err != nil:
		return err
	case files+more > MaxFiles:
		return errFiles
	case bytes+more > MaxFileBytes:
		return errFileBytes
	}
	return nil
}

// attached returns one file of a ticket.
func (s *Service) attached(ctx context.Context, id int64, sha256 string) (Attachment, error) {
	a := Attachment{SHA256: sha256}
	err := s.db.QueryRow(ctx, `SELECT name, type, size, added_at FROM attachment WHERE ticket = $1 AND sha256 = $2`, id, sha256).
		Scan(&a.Name, &a.Type, &a.Size, &a.At)
	if errors.Is(err, sql.ErrNoRows) {
		err = errNoFile
	}
	return a, err
}

var errNoFile = errs.New(errs.NotFound, "file_not_found", "没有找到该附件")

// File returns an attachment that the actor may see, and logs that they
// fetched it. A requester may see those that they gave.
func (s *Service) File(ctx context.Context, actor ticket.Actor, number, sha256 string) (Attachment, error) {
	id, err := s.Lookup(ctx, actor, number)
	if err != nil {
		return Attachment{}, err
	}
	if actor.Holds(ticket.Requester) {
		records, err := selectRecords(ctx, s.db, id)
		if err != nil {
			return Attachment{}, err
		}
		if !fromRequester(records)[sha256] {
			return Attachment{}, errNoFile
		}
	}
	a, err := s.attached(ctx, id, sha256)
	if err != nil {
		return a, err
	}
	return a, s.account(ctx, s.act(actor, audit.ActFile, id, sha256))
}

// fromRequester names the files, by digest, that the requester gave.
func fromRequester(records []ticket.Record) map[string]bool {
	files := map[string]bool{}
	for _, r := range records {
		if added, ok := r.Event.(ticket.MaterialAdded); ok && r.By.Role == ticket.Requester {
			for _, f := range added.Files {
				files[f.SHA256] = true
			}
		}
	}
	return files
}

func insertAttachment(ctx context.Context, tx *db.Tx, id int64, a Attachment) (int64, error) {
	return tx.Exec(ctx, `INSERT INTO attachment (ticket, sha256, name, type, size, added_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (ticket, sha256) DO NOTHING`, id, a.SHA256, a.Name, a.Type, a.Size, int64(a.At))
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
