package db

import (
	"context"
	"database/sql"

	"github.com/jackc/pgx/v5"
)

// pipeSize bounds the statements of one round trip, and so the memory.
const pipeSize = 256

// pipe holds statements of a PostgreSQL transaction whose results nobody waits
// for, until they go out in one round trip. A nil pipe is always empty.
type pipe struct {
	conn   *sql.Conn
	batch  pgx.Batch
	failed error // of a statement: the transaction is lost
}

func (p *pipe) queue(ctx context.Context, text string, args []any) error {
	p.batch.Queue(text, args...)
	if p.batch.Len() < pipeSize {
		return nil
	}
	return p.flush(ctx)
}

// flush sends what waits.
func (p *pipe) flush(ctx context.Context) error {
	if p == nil {
		return nil
	}
	if p.failed != nil || p.batch.Len() == 0 {
		return p.failed
	}
	batch := p.batch
	p.batch = pgx.Batch{}
	p.failed = p.conn.Raw(func(c any) error {
		conn := c.(*pgConn) //nolint:forcetypeassert // the pool's connector makes no other
		return conn.from.lost(ctx, conn.Conn.Conn().SendBatch(ctx, &batch).Close())
	})
	return p.failed
}
