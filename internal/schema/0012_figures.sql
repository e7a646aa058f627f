-- +goose Up

-- What happened on a day, 2006-01-02, and in a month, m2006-01, counted: in the
-- whole city and by kind, channel, county and unit. Item is the code within the
-- dimension.
CREATE TABLE figure (
    day          {{text_c}} NOT NULL,
    dim          {{text_c}} NOT NULL,
    item         {{text_c}} NOT NULL,
    received     BIGINT NOT NULL,
    accepted     BIGINT NOT NULL,
    direct       BIGINT NOT NULL,
    closed       BIGINT NOT NULL,
    due          BIGINT NOT NULL,
    replied      BIGINT NOT NULL,
    timely       BIGINT NOT NULL,
    rated        BIGINT NOT NULL,
    result_good  BIGINT NOT NULL,
    result_fair  BIGINT NOT NULL,
    process_good BIGINT NOT NULL,
    process_fair BIGINT NOT NULL,
    called       BIGINT NOT NULL,
    solved       BIGINT NOT NULL,
    PRIMARY KEY (day, dim, item)
) {{without_rowid}};

-- The city by day, over many months.
CREATE INDEX figure_dim ON figure (dim, day);

-- The last record that the figures know of.
ALTER TABLE ticket ADD COLUMN counted_seq BIGINT NOT NULL DEFAULT 0;
CREATE INDEX ticket_uncounted ON ticket (id) WHERE counted_seq < seq;
INSERT INTO counter (name, next) VALUES ('figures', 1);
