-- +goose Up

-- The second factor of an account: the secret of a time-based code, sealed
-- under the row's own key. last_step is the step of the last code that was
-- accepted; no code of that step or an earlier one is accepted again.
CREATE TABLE factor (
    account_id   {{pk}},
    key_wrapped  {{bytes}} NOT NULL,
    secret       {{bytes}} NOT NULL,
    created_at   BIGINT NOT NULL,
    confirmed_at BIGINT,
    last_step    BIGINT NOT NULL DEFAULT 0,
    failed       BIGINT NOT NULL DEFAULT 0,
    locked_until BIGINT
);

-- Who is signed in. Only the digest of the secret is here.
CREATE TABLE session (
    id         {{pk}},
    account_id BIGINT NOT NULL,
    digest     {{bytes}} NOT NULL UNIQUE,
    stage      {{text_c}} NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    ended_at   BIGINT,
    address    TEXT NOT NULL,
    agent      TEXT NOT NULL
);
CREATE INDEX session_account ON session (account_id, created_at);
CREATE INDEX session_created ON session (created_at);
