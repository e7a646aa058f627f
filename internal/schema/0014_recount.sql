-- +goose Up

-- An answer counts from the reply on, no longer from the end of the rating, and a
-- clock that a merge stopped is none: everything is counted anew.
DELETE FROM figure;
UPDATE ticket SET counted_seq = 0;
