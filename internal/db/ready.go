package db

import (
	"container/list"
	"context"
	"database/sql/driver"
	"errors"
)

// maxReady bounds the statements kept ready on one connection. The house has
// some hundred; lists with changing filters make more.
const maxReady = 512

// ready keeps the prepared statements of one SQLite connection; the least
// recently used goes when there are too many. Preparing costs more than
// running most statements. PostgreSQL's driver has such a cache of its own.
type ready struct {
	conn   driver.ConnPrepareContext
	byText map[string]*list.Element
	order  list.List // of *statement, the most recently used first
}

type statement struct {
	driver.Stmt
	text string
	busy bool // rows are being read from it
	kept bool
}

func newReady(conn driver.ConnPrepareContext) *ready {
	return &ready{conn: conn, byText: map[string]*list.Element{}}
}

// take returns the statement for a text. The one that is kept can be read only
// once at a time, so a text that is asked for again meanwhile gets another.
func (r *ready) take(ctx context.Context, text string) (*statement, error) {
	e, found := r.byText[text]
	if found {
		s := e.Value.(*statement)
		if !s.busy {
			r.order.MoveToFront(e)
			s.busy = true
			return s, nil
		}
	}
	raw, err := r.conn.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	s := &statement{Stmt: raw, text: text, busy: true}
	if !found {
		s.kept = true
		r.byText[text] = r.order.PushFront(s)
		if r.order.Len() > maxReady {
			r.drop(r.order.Back())
		}
	}
	return s, nil
}

// drop forgets a statement; one that is being read is closed by give.
func (r *ready) drop(e *list.Element) {
	s := r.order.Remove(e).(*statement)
	delete(r.byText, s.text)
	s.kept = false
	if !s.busy {
		_ = s.Close() // repeats the statement's own last error
	}
}

// give takes a statement back.
func (r *ready) give(s *statement) {
	s.busy = false
	if !s.kept {
		_ = s.Close() // repeats the statement's own last error
	}
}

func (r *ready) close() error {
	var err error
	for e := r.order.Front(); e != nil; e = e.Next() {
		err = errors.Join(err, e.Value.(*statement).Close())
	}
	r.order.Init()
	clear(r.byText)
	return err
}
