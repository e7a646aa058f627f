// Package search finds documents by their words.
package search

import (
	"context"
	"strings"

	"huiyin/internal/db"
	"huiyin/internal/text"
)

// Index is the index of one store.
type Index struct{ engine db.Engine }

// New returns the index of a store on the engine.
func New(engine db.Engine) *Index { return &Index{engine} }

// Add indexes a new document.
func (x *Index) Add(ctx context.Context, tx *db.Tx, id int64, fields ...string) error {
	var tokens []string
	for _, f := range fields {
		tokens = text.AppendTokens(tokens, f)
	}
	words := strings.Join(tokens, " ")
	if x.engine == db.Postgres {
		_, err := tx.Exec(ctx, `INSERT INTO search_doc (id, words) VALUES ($1, array_to_tsvector(string_to_array($2, ' ')))`, id, words)
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO search_doc (rowid, words) VALUES ($1, $2)`, id, words)
	return err
}

// Scan returns matching ids below before, newest first.
func (x *Index) Scan(ctx context.Context, q db.Queryer, query string, before int64, batch int) (ids []int64, next int64, err error) {
	tokens := text.Tokens(query)
	if len(tokens) == 0 {
		return nil, 0, nil
	}
	if before == 0 {
		before = 1 << 62
	}
	sql, arg := `SELECT rowid FROM search_doc WHERE search_doc MATCH $1 AND rowid < $2 ORDER BY rowid DESC LIMIT $3`, `"`+strings.Join(tokens, `" "`)+`"`
	if x.engine == db.Postgres {
		sql, arg = `SELECT id FROM search_doc WHERE words @@ $1::tsquery AND id < $2 ORDER BY id DESC LIMIT $3`, "'"+strings.Join(tokens, "' & '")+"'"
	}
	rows, err := q.Query(ctx, sql, arg, before, int64(batch))
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, 0, err
		}
		ids = append(ids, id)
	}
	if len(ids) == batch {
		next = ids[len(ids)-1]
	}
	return ids, next, rows.Err()
}
