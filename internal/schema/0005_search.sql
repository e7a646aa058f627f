-- +goose Up

-- The full-text index, the same on both engines: package search says how it
-- works. Documents wait here in clear until some are sealed into a batch.
CREATE TABLE search_pending (
    id    {{pk}},
    words TEXT NOT NULL
);

-- A batch is an inverted file that never changes; stamp is random.
CREATE TABLE search_batch (
    no     {{pk}},
    level  BIGINT NOT NULL,
    stamp  BIGINT NOT NULL,
    min_id BIGINT NOT NULL,
    max_id BIGINT NOT NULL
);
CREATE INDEX search_batch_newest ON search_batch (max_id);

-- The words of a batch in order, with their documents; first is the first
-- word of the page.
CREATE TABLE search_page (
    batch BIGINT NOT NULL,
    first {{text_c}} NOT NULL,
    data  {{bytes}} NOT NULL,
    PRIMARY KEY (batch, first)
);
