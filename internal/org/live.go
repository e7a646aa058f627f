package org

import (
	"context"
	"sync"
	"sync/atomic"

	"huiyin/internal/db"
	"huiyin/internal/errs"
)

// loads bounds how often Load reads again because the city changed meanwhile.
const loads = 5

// Load reads a snapshot. Its parts belong together: when the revision moves
// while they are read, they are read again.
func Load(ctx context.Context, q db.Queryer) (*Directory, error) {
	for range loads {
		c, err := read(ctx, q)
		if err != nil {
			return nil, err
		}
		after, err := readRevision(ctx, q)
		if err != nil {
			return nil, err
		}
		if after == c.Revision {
			return build(c)
		}
	}
	return nil, errs.New(errs.Unavailable, "directory_changing", "机构与规则数据正在更新，请稍后重试")
}

// part reads one part of the contents, unless an earlier part failed.
func part[T any](ctx context.Context, q db.Queryer, err *error, read func(context.Context, db.Queryer) (T, error)) (out T) {
	if *err == nil {
		out, *err = read(ctx, q)
	}
	return out
}

func read(ctx context.Context, q db.Queryer) (contents, error) {
	var err error
	c := contents{
		Revision:   part(ctx, q, &err, readRevision),
		Settings:   part(ctx, q, &err, readSettings),
		Windows:    part(ctx, q, &err, readWindows),
		Years:      part(ctx, q, &err, readYears),
		Units:      part(ctx, q, &err, readUnits),
		Accounts:   part(ctx, q, &err, readAccounts),
		Categories: part(ctx, q, &err, readCategories),
		Areas:      part(ctx, q, &err, readAreas),
		Entries:    part(ctx, q, &err, readEntries),
		Limits:     part(ctx, q, &err, readLimits),
		Replies:    part(ctx, q, &err, readReplies),
		Codes:      part(ctx, q, &err, readCodes),
		Outlines:   part(ctx, q, &err, readOutlines),
	}
	return c, err
}

// Live holds the current snapshot of a store. It is safe for concurrent use.
type Live struct {
	db      *db.DB
	current atomic.Pointer[Directory]
	reload  sync.Mutex // one load at a time, so that an older one never replaces a newer
}

// NewLive loads the first snapshot.
func NewLive(ctx context.Context, d *db.DB) (*Live, error) {
	l := &Live{db: d}
	if err := l.Reload(ctx); err != nil {
		return nil, err
	}
	return l, nil
}

// Current returns the snapshot. One piece of work should ask once.
func (l *Live) Current() *Directory { return l.current.Load() }

// Reload reads the store. On an error the snapshot stays as it is.
func (l *Live) Reload(ctx context.Context) error {
	l.reload.Lock()
	defer l.reload.Unlock()
	d, err := Load(ctx, l.db)
	if err != nil {
		return err
	}
	l.current.Store(d)
	return nil
}

// Refresh reloads if another process has changed the city; it costs one small
// query otherwise.
func (l *Live) Refresh(ctx context.Context) error {
	revision, err := readRevision(ctx, l.db)
	if err != nil {
		return err
	}
	if revision == l.Current().Revision() {
		return nil
	}
	return l.Reload(ctx)
}

// Change carries out a change of the city in one transaction and shows it in
// this process at once; fn uses the Set functions, which move the revision.
func (l *Live) Change(ctx context.Context, fn func(tx *db.Tx) error) error {
	if err := l.db.Update(ctx, fn); err != nil {
		return err
	}
	return l.Refresh(ctx)
}
