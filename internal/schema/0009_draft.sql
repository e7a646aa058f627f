-- +goose Up

-- Who of a unit is looking at a ticket's work just now, so that a colleague
-- takes another one. It keeps nobody from anything.
CREATE TABLE claim (
    unit    BIGINT NOT NULL,
    ticket  BIGINT NOT NULL,
    account BIGINT NOT NULL,
    until   BIGINT NOT NULL,
    PRIMARY KEY (unit, ticket)
) {{without_rowid}};
CREATE INDEX claim_unit ON claim (unit, until);
CREATE INDEX claim_until ON claim (until);

-- What an account has typed and not sent. The form is sealed under the row's
-- own key, for people's data is typed into it.
CREATE TABLE draft (
    account     BIGINT NOT NULL,
    key         {{text_c}} NOT NULL,
    key_wrapped {{bytes}} NOT NULL,
    form        {{bytes}} NOT NULL,
    saved_at    BIGINT NOT NULL,
    PRIMARY KEY (account, key)
);
CREATE INDEX draft_saved ON draft (saved_at);

-- What is to do, step by step.
CREATE INDEX clock_step ON clock (unit, step, due, ticket, no) WHERE is_todo = 1;

-- The access log by time, by who acted, and by what they did; opening, which
-- is nearly all of it, is looked for by time.
CREATE INDEX access_at ON access (at, id);
CREATE INDEX access_account ON access (account, at, id);
CREATE INDEX access_act ON access (act, at, id) WHERE act <> 'open';
