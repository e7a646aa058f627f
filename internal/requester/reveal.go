package requester

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"huiyin/internal/db"
	"huiyin/internal/errs"
)

// Disclosure says which detail of whom is revealed, and what for. Who asks and
// about which ticket is known to the logger, which the caller makes for that
// one request.
type Disclosure struct {
	Requester int64
	Field     Field
	Purpose   string // in the asker's own words, 2 to 200 characters
}

// Logger records a disclosure within the transaction. If it fails, nothing is
// revealed.
type Logger interface {
	LogReveal(ctx context.Context, tx *db.Tx, d Disclosure) error
}

// Updater runs a transaction; *db.DB is one.
type Updater interface {
	Update(ctx context.Context, fn func(tx *db.Tx) error) error
}

// Reveal returns one field in clear; a field that was never given is empty.
//
// It is the only way out for a plain field, and it cannot be taken without a
// trace: it runs its own transaction, writes the log record first, and hands
// the value out only after record and all are committed. Do not call it inside
// another transaction. Errors: Invalid without a purpose or with an unknown
// field, NotFound for an unknown requester.
func (s *Store) Reveal(ctx context.Context, d Updater, log Logger, what Disclosure) (string, error) {
	what.Purpose = strings.TrimSpace(what.Purpose)
	if n := utf8.RuneCountInString(what.Purpose); n < 2 || n > 200 || strings.ContainsFunc(what.Purpose, forbidden) {
		return "", errs.InvalidField("purpose", "请填写查看用途，2 至 200 字")
	}
	if what.Field.index() < 0 {
		return "", errs.InvalidField("field", "没有这一项信息")
	}
	var plain string
	err := d.Update(ctx, func(tx *db.Tx) error {
		if err := log.LogReveal(ctx, tx, what); err != nil {
			return err
		}
		r, err := sealedField(ctx, tx, what.Requester, what.Field)
		if err != nil {
			return err
		}
		p, err := r.open(s.keys)
		plain = *p.field(what.Field)
		return err
	})
	if err != nil {
		return "", err
	}
	return plain, nil
}

// index is the place of the field among the columns, -1 for an unknown one.
func (f Field) index() int {
	all := fields()
	return slices.Index(all[:], f)
}
