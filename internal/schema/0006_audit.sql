-- +goose Up

-- Acts that change no ticket but must be accounted for: opening, revealing,
-- signing in, exporting. Sealed in batches.
CREATE TABLE access (
    id      {{pk}},
    at      BIGINT NOT NULL,
    account BIGINT NOT NULL,
    unit    BIGINT NOT NULL,
    act     {{text_c}} NOT NULL,
    ticket  BIGINT NOT NULL,
    detail  TEXT NOT NULL,
    seal    BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX access_unsealed ON access (id) WHERE seal = 0;
CREATE INDEX access_sealed ON access (seal, id);
CREATE INDEX access_ticket ON access (ticket, id);

-- A seal links the heads of all chains that grew since the one before it, and
-- the access rows written since, so that cutting out a whole ticket shows.
CREATE TABLE seal (
    no     {{pk}},
    at     BIGINT NOT NULL,
    heads  BIGINT NOT NULL,
    acts   BIGINT NOT NULL,
    hash   {{bytes}} NOT NULL
);
CREATE TABLE seal_head (
    seal   BIGINT NOT NULL,
    ticket BIGINT NOT NULL,
    seq    BIGINT NOT NULL,
    head   {{bytes}} NOT NULL,
    PRIMARY KEY (seal, ticket)
) {{without_rowid}};
