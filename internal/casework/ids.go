package casework

import (
	"context"
	"fmt"
	"strconv"
	"sync"

	"huiyin/internal/db"
)

// blockSize is how many ids a process takes at once. What it does not use is
// lost at a restart: ids are unique and rising, not dense.
const blockSize = 200

// ids hands out ids in blocks, so that two processes never wait for each
// other's transaction to get one.
type ids struct {
	ticket, requester, access *sequence
}

func newIDs(d *db.DB) *ids {
	return &ids{
		ticket: &sequence{db: d, name: "ticket"}, requester: &sequence{db: d, name: "requester"},
		access: &sequence{db: d, name: "access"},
	}
}

type sequence struct {
	db        *db.DB
	name      string
	mu        sync.Mutex
	next, end int64
}

// Next returns a new id, from 1.
func (q *sequence) Next(ctx context.Context) (int64, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.next == q.end {
		end, err := q.reserve(ctx)
		if err != nil {
			return 0, err
		}
		q.next, q.end = end-blockSize, end
	}
	q.next++
	return q.next, nil
}

func (q *sequence) reserve(ctx context.Context) (end int64, err error) {
	err = q.db.Update(ctx, func(tx *db.Tx) error {
		return tx.QueryRow(ctx, `INSERT INTO counter (name, next) VALUES ($1, $2)
			ON CONFLICT (name) DO UPDATE SET next = counter.next + $2 RETURNING next`, q.name, int64(blockSize)).Scan(&end)
	})
	return end, err
}

// Number is what people call a ticket: the local day it was submitted,
// YYMMDD, and its id with at least six digits.
func Number(day string, id int64) string {
	return fmt.Sprintf("%s%s%s%06d", day[2:4], day[5:7], day[8:10], id)
}

// idIn returns the id in a number, zero if there is none. Whether a ticket has
// the number, its day included, only the ticket's row says.
func idIn(number string) int64 {
	const day = len("YYMMDD")
	if len(number) < day+6 {
		return 0
	}
	id, err := strconv.ParseInt(number[day:], 10, 64)
	if err != nil {
		return 0
	}
	return id
}

// The query code that goes with a number: its length, and what the key ring
// derives it for.
const (
	codeDigits  = 6
	codePurpose = "query code"
)

// Code returns the query code of a ticket. It is derived, not stored: a
// retried submission gets the same code, and the database does not hold it.
func (s *Service) Code(id int64) string { return s.keys.Code(codePurpose, id, codeDigits) }
