package search

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"huiyin/internal/db"
	"huiyin/internal/text"
)

// lockKey names the advisory lock of the index on PostgreSQL, which sealing
// holds. SQLite has one writer anyway.
const lockKey = "7305168"

func (x *Index) tryLock(ctx context.Context, tx *db.Tx) (free bool, err error) {
	if x.engine != db.Postgres {
		return true, nil
	}
	if err := tx.QueryRow(ctx, `SELECT pg_try_advisory_xact_lock(`+lockKey+`)`).Scan(&free); err != nil {
		return false, fmt.Errorf("lock the index: %w", err)
	}
	return free, nil
}

// lock waits until it has the lock.
func (x *Index) lock(ctx context.Context, tx *db.Tx) error {
	if x.engine != db.Postgres {
		return nil
	}
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(`+lockKey+`)`); err != nil {
		return fmt.Errorf("lock the index: %w", err)
	}
	return nil
}

// pending is a row of search_pending.
type pending struct {
	id    int64
	words string
}

func insertPending(ctx context.Context, tx *db.Tx, id int64, words string) error {
	if err := tx.Send(ctx, `INSERT INTO search_pending (id, words) VALUES ($1, $2)`, id, words); err != nil {
		return fmt.Errorf("index document %d: %w", id, err)
	}
	return nil
}

// selectRangePending returns the range of ids in which the oldest waiting
// documents are, zeros if there are none.
func selectRangePending(ctx context.Context, q db.Queryer, limit int) (low, high int64, err error) {
	err = q.QueryRow(ctx, `SELECT COALESCE(MIN(id), 0), COALESCE(MAX(id), 0) FROM (SELECT id FROM search_pending ORDER BY id LIMIT `+strconv.Itoa(limit)+`) oldest`).
		Scan(&low, &high)
	if err != nil {
		return 0, 0, fmt.Errorf("waiting documents: %w", err)
	}
	return low, high, nil
}

// takePending removes waiting documents and returns them. With both ends of
// the range PostgreSQL uses the key, whatever it believes of the table.
func takePending(ctx context.Context, tx *db.Tx, low, high int64) ([]pending, error) {
	rows, err := tx.Query(ctx, `DELETE FROM search_pending WHERE id BETWEEN $1 AND $2 RETURNING id, words`, low, high)
	if err != nil {
		return nil, fmt.Errorf("take waiting documents: %w", err)
	}
	defer rows.Close()
	var docs []pending
	for rows.Next() {
		var d pending
		if err := rows.Scan(&d.id, &d.words); err != nil {
			return nil, fmt.Errorf("take waiting documents: %w", err)
		}
		docs = append(docs, d)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("take waiting documents: %w", err)
	}
	return docs, nil
}

// waitingAtOnce is how many waiting documents one statement looks at. So few
// make PostgreSQL walk the key, on which rows that were sealed but not yet
// vacuumed cost next to nothing; asked for all, it may read the whole table.
const waitingAtOnce = 512

// selectPending returns the waiting documents with all tokens, newest first.
func selectPending(ctx context.Context, q db.Queryer, tokens []text.QueryToken, before int64, limit int) ([]int64, error) {
	var b strings.Builder
	b.WriteString(`SELECT id, CASE WHEN 1 = 1`)
	args := []any{before}
	for _, t := range tokens {
		pattern := "% " + t.Text + "%" // tokens are letters and digits only
		if !t.Prefix {
			pattern = "% " + t.Text + " %"
		}
		args = append(args, pattern)
		b.WriteString(` AND words LIKE $` + strconv.Itoa(len(args)))
	}
	b.WriteString(` THEN 1 ELSE 0 END FROM search_pending WHERE id < $1 ORDER BY id DESC LIMIT ` + strconv.Itoa(waitingAtOnce))
	var ids []int64
	for {
		more, err := matchPending(ctx, q, b.String(), args, &ids)
		if err != nil {
			return nil, fmt.Errorf("search waiting documents: %w", err)
		}
		if !more || len(ids) >= limit {
			return ids[:min(limit, len(ids))], nil
		}
	}
}

// matchPending looks at the next documents below args[0], which it lowers.
func matchPending(ctx context.Context, q db.Queryer, query string, args []any, ids *[]int64) (more bool, err error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	looked := 0
	for rows.Next() {
		var id, match int64
		if err := rows.Scan(&id, &match); err != nil {
			return false, err
		}
		if match == 1 {
			*ids = append(*ids, id)
		}
		args[0] = id
		looked++
	}
	return looked == waitingAtOnce, rows.Err()
}

func selectLastBatch(ctx context.Context, q db.Queryer) (no int64, err error) {
	if err := q.QueryRow(ctx, `SELECT COALESCE(MAX(no), 0) FROM search_batch`).Scan(&no); err != nil {
		return 0, fmt.Errorf("last batch: %w", err)
	}
	return no, nil
}

func selectLevel(ctx context.Context, q db.Queryer, level int64) ([]batch, error) {
	rows, err := q.Query(ctx, `SELECT no, level, stamp, min_id, max_id FROM search_batch WHERE level = $1 ORDER BY no`, level)
	if err != nil {
		return nil, fmt.Errorf("batches of level %d: %w", level, err)
	}
	return scanBatches(rows)
}

func insertBatch(ctx context.Context, tx *db.Tx, b batch) error {
	err := tx.Send(ctx, `INSERT INTO search_batch (no, level, stamp, min_id, max_id) VALUES ($1, $2, $3, $4, $5)`,
		b.no, b.level, b.stamp, b.minID, b.maxID)
	if err != nil {
		return fmt.Errorf("write batch %d: %w", b.no, err)
	}
	return nil
}

func deleteBatch(ctx context.Context, tx *db.Tx, no int64) error {
	for _, text := range []string{`DELETE FROM search_page WHERE batch = $1`, `DELETE FROM search_batch WHERE no = $1`} {
		if err := tx.Send(ctx, text, no); err != nil {
			return fmt.Errorf("delete batch %d: %w", no, err)
		}
	}
	return nil
}

var pageColumns = []string{"batch", "first", "data"}

func insertPages(ctx context.Context, tx *db.Tx, no int64, pages []page) error {
	const most = 50 // rows a statement
	for len(pages) > 0 {
		n := most
		if len(pages) < most {
			n = 1
		}
		args := make([]any, 0, 3*n)
		for _, p := range pages[:n] {
			args = append(args, no, p.first, p.data)
		}
		if err := tx.Send(ctx, db.Insert("search_page", pageColumns, n), args...); err != nil {
			return fmt.Errorf("write batch %d: %w", no, err)
		}
		pages = pages[n:]
	}
	return nil
}

// selectWhole returns all pages of a batch, one behind the other.
func selectWhole(ctx context.Context, q db.Queryer, no int64) ([]byte, error) {
	return joined(q.Query(ctx, `SELECT data FROM search_page WHERE batch = $1 ORDER BY first`, no))
}

// selectRange returns the pages of a batch that start within a range, both
// ends excluded.
func selectRange(ctx context.Context, q db.Queryer, no int64, from, to string) ([]byte, error) {
	return joined(q.Query(ctx, `SELECT data FROM search_page WHERE batch = $1 AND first > $2 AND first < $3 ORDER BY first`, no, from, to))
}

func joined(rows *sql.Rows, err error) ([]byte, error) {
	if err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	defer rows.Close()
	var all []byte
	var data sql.RawBytes
	for rows.Next() {
		if err := rows.Scan(&data); err != nil {
			return nil, fmt.Errorf("pages: %w", err)
		}
		all = append(all, data...)
	}
	return all, rows.Err()
}

// selectBatches returns the newest batches with documents below an id.
func selectBatches(ctx context.Context, q db.Queryer, before int64, limit int) ([]batch, error) {
	rows, err := q.Query(ctx, `SELECT no, level, stamp, min_id, max_id FROM search_batch WHERE min_id < $1
		ORDER BY max_id DESC, no DESC LIMIT `+strconv.Itoa(limit), before)
	if err != nil {
		return nil, fmt.Errorf("search batches: %w", err)
	}
	return scanBatches(rows)
}

func scanBatches(rows *sql.Rows) ([]batch, error) {
	defer rows.Close()
	var batches []batch
	for rows.Next() {
		var b batch
		if err := rows.Scan(&b.no, &b.level, &b.stamp, &b.minID, &b.maxID); err != nil {
			return nil, fmt.Errorf("search batches: %w", err)
		}
		batches = append(batches, b)
	}
	return batches, rows.Err()
}

// probesAtOnce are the numbers of batches that one statement asks for: few
// texts, so that few statements are prepared.
var probesAtOnce = []int{1, 4, 16, 64}

// selectPages returns for some batches, by stamp, the page that must hold each
// token, nil if none can. Batches that are gone are not among them.
func selectPages(ctx context.Context, q db.Queryer, batches []batch, tokens []text.QueryToken) (map[int64][][]byte, error) {
	found := make(map[int64][][]byte, len(batches))
	for len(batches) > 0 {
		size := probesAtOnce[len(probesAtOnce)-1]
		for _, n := range slices.Backward(probesAtOnce) {
			if n >= len(batches) {
				size = n
			}
		}
		some := batches[:min(size, len(batches))]
		batches = batches[len(some):]
		if err := pagesOf(ctx, q, some, size, tokens, found); err != nil {
			return nil, fmt.Errorf("search pages: %w", err)
		}
	}
	return found, nil
}

func pagesOf(ctx context.Context, q db.Queryer, batches []batch, size int, tokens []text.QueryToken, found map[int64][][]byte) error {
	var b strings.Builder
	var args []any
	b.WriteString(`SELECT b.stamp`)
	for _, t := range tokens {
		args = append(args, t.Text)
		b.WriteString(`, (SELECT p.data FROM search_page p WHERE p.batch = b.no AND p.first <= $` + strconv.Itoa(len(args)) +
			` ORDER BY p.first DESC LIMIT 1)`)
	}
	b.WriteString(` FROM search_batch b WHERE b.no IN (` + db.In(size, len(args)+1) + `)`)
	for i := range size {
		args = append(args, batches[min(i, len(batches)-1)].no)
	}
	rows, err := q.Query(ctx, b.String(), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var stamp int64
		pages := make([][]byte, len(tokens))
		to := []any{&stamp}
		for i := range pages {
			to = append(to, &pages[i])
		}
		if err := rows.Scan(to...); err != nil {
			return err
		}
		found[stamp] = pages
	}
	return rows.Err()
}
