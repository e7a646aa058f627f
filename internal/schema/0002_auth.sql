-- +goose Up

-- What an account signs in with. The account itself belongs to another room.
CREATE TABLE credential (
    account_id    {{pk}},
    password_hash {{text_c}} NOT NULL,
    changed_at    BIGINT NOT NULL,
    failed        BIGINT NOT NULL DEFAULT 0,
    locked_until  BIGINT
);

-- Tokens of programs. Only the digest is here; a token cannot be shown again.
CREATE TABLE token (
    id            {{pk}},
    account_id    BIGINT NOT NULL,
    hash          {{bytes}} NOT NULL UNIQUE,
    label         TEXT NOT NULL,
    created_at    BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    revoked_at    BIGINT,
    last_used_day {{text_c}}
);
CREATE INDEX token_account ON token (account_id, id);
