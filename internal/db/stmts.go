package db

import (
	"container/list"
	"context"
	"database/sql"
	"errors"
	"sync"
)

// maxStmts bounds the statements kept ready. The house has some hundred;
// lists with changing filters make more.
const maxStmts = 512

// stmts keeps prepared statements, the least recently used of which is closed
// when there are too many: preparing costs more than running most of them.
type stmts struct {
	from  preparer
	mu    sync.Mutex
	byKey map[string]*list.Element
	order *list.List // the most recently used first
}

type namedStmt struct {
	text string
	stmt *sql.Stmt
}

// preparer is a pool, or one connection of it.
type preparer interface {
	PrepareContext(ctx context.Context, text string) (*sql.Stmt, error)
}

func newStmts(from preparer) *stmts {
	return &stmts{from: from, byKey: map[string]*list.Element{}, order: list.New()}
}

func (s *stmts) get(ctx context.Context, text string) (*sql.Stmt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e, ok := s.byKey[text]; ok {
		s.order.MoveToFront(e)
		return e.Value.(namedStmt).stmt, nil
	}
	stmt, err := s.from.PrepareContext(detached(ctx), text)
	if err != nil {
		return nil, err
	}
	s.byKey[text] = s.order.PushFront(namedStmt{text, stmt})
	if s.order.Len() > maxStmts {
		last := s.order.Back()
		s.order.Remove(last)
		delete(s.byKey, last.Value.(namedStmt).text)
		_ = last.Value.(namedStmt).stmt.Close() // readers still using it keep it open
	}
	return stmt, nil
}

func (s *stmts) close() error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	for e := s.order.Front(); e != nil; e = e.Next() {
		err = errors.Join(err, e.Value.(namedStmt).stmt.Close())
	}
	s.order.Init()
	clear(s.byKey)
	return err
}
