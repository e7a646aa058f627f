-- +goose Up

-- One row a ticket: the snapshot that its records give, and the columns that
-- lists filter and sort by.
CREATE TABLE ticket (
    id            {{pk}},
    number        {{text_c}} NOT NULL,
    seq           BIGINT NOT NULL,
    head          {{bytes}} NOT NULL,
    sealed_seq    BIGINT NOT NULL DEFAULT 0,
    salt          {{bytes}},
    snapshot      {{json}} NOT NULL,
    title         TEXT NOT NULL,
    state         {{text_c}} NOT NULL,
    kind          {{text_c}} NOT NULL,
    channel       {{text_c}} NOT NULL,
    urgency       {{text_c}} NOT NULL,
    category      {{text_c}} NOT NULL,
    area          {{text_c}} NOT NULL,
    center        BIGINT NOT NULL,
    lead_unit     BIGINT NOT NULL,
    requester     BIGINT NOT NULL,
    confidential  BIGINT NOT NULL,
    published     BIGINT NOT NULL,
    submitted_at  BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    replied_at    BIGINT,
    closed_at     BIGINT,
    is_open       BIGINT NOT NULL,
    owes_unit     BIGINT NOT NULL,
    due           BIGINT,
    overall_due   BIGINT
);
CREATE INDEX ticket_state ON ticket (state, id);
CREATE INDEX ticket_due ON ticket (due, id) WHERE due IS NOT NULL;
CREATE INDEX ticket_category ON ticket (category, id);
CREATE INDEX ticket_area ON ticket (area, id);
CREATE INDEX ticket_submitted ON ticket (submitted_at, id);
CREATE INDEX ticket_requester ON ticket (requester, id);
CREATE INDEX ticket_published ON ticket (id) WHERE published = 1;
CREATE INDEX ticket_unsealed ON ticket (id) WHERE sealed_seq < seq;

-- The history: append-only, hash-chained per ticket. Body holds the exact
-- bytes that were hashed.
CREATE TABLE record (
    ticket BIGINT NOT NULL,
    seq    BIGINT NOT NULL,
    body   {{json}} NOT NULL,
    hash   {{bytes}} NOT NULL,
    PRIMARY KEY (ticket, seq)
);

-- Free text apart from the records, which hold only its digest.
CREATE TABLE content (
    ticket BIGINT NOT NULL,
    sum    {{text_c}} NOT NULL,
    body   TEXT NOT NULL,
    PRIMARY KEY (ticket, sum)
);

-- Pending is what the unit asks for, if it does; endorsed is 1 once its approver
-- has signed that off.
CREATE TABLE assignment (
    ticket        BIGINT NOT NULL,
    no            BIGINT NOT NULL,
    parent        BIGINT NOT NULL,
    unit          BIGINT NOT NULL,
    is_lead       BIGINT NOT NULL,
    state         {{text_c}} NOT NULL,
    is_live       BIGINT NOT NULL,
    dispatched_at BIGINT NOT NULL,
    signed_at     BIGINT,
    replied_at    BIGINT,
    due           BIGINT NOT NULL,
    pending       {{text_c}} NOT NULL,
    endorsed      BIGINT NOT NULL,
    PRIMARY KEY (ticket, no)
);

-- Next_at is when the sweep must look at the clock again; null when it need not.
-- Is_todo is 1 while the clock stands for something that its unit has to do.
CREATE TABLE clock (
    ticket      BIGINT NOT NULL,
    no          BIGINT NOT NULL,
    step        {{text_c}} NOT NULL,
    assignment  BIGINT NOT NULL,
    unit        BIGINT NOT NULL,
    started_at  BIGINT NOT NULL,
    due         BIGINT NOT NULL,
    paused_at   BIGINT,
    stopped_at  BIGINT,
    provisional BIGINT NOT NULL,
    breached    BIGINT NOT NULL,
    is_todo     BIGINT NOT NULL,
    next_at     BIGINT,
    PRIMARY KEY (ticket, no)
);
CREATE INDEX clock_todo ON clock (unit, due, ticket, no) WHERE is_todo = 1;
CREATE INDEX clock_next ON clock (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX clock_provisional ON clock (ticket) WHERE provisional = 1;

-- Who may see which ticket: one row for each unit that has or had an
-- assignment, for each unit above it, and for the one that took it down. Direct
-- is 1 while the unit works on it itself, or has answered: only they see what is
-- confidential. Is_owed is 1 while anybody owes a move on it.
CREATE TABLE sight (
    unit    BIGINT NOT NULL,
    is_owed BIGINT NOT NULL,
    ticket  BIGINT NOT NULL,
    direct  BIGINT NOT NULL,
    PRIMARY KEY (unit, ticket)
) {{without_rowid}};
CREATE INDEX sight_owed ON sight (unit, ticket) WHERE is_owed = 1;

-- A retried request finds what the first one did.
CREATE TABLE idempotency (
    key        {{text_c}} PRIMARY KEY,
    request    {{bytes}} NOT NULL,
    ticket     BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX idempotency_age ON idempotency (created_at);

CREATE TABLE attachment (
    ticket   BIGINT NOT NULL,
    sha256   {{text_c}} NOT NULL,
    name     TEXT NOT NULL,
    type     TEXT NOT NULL,
    size     BIGINT NOT NULL,
    added_at BIGINT NOT NULL,
    PRIMARY KEY (ticket, sha256)
);

CREATE TABLE counter (
    name {{text_c}} PRIMARY KEY,
    next BIGINT NOT NULL
);

-- What the desks are told of. A change is written down in round 0 by the
-- transaction that makes it, and gathered into the next round by whoever looks:
-- what is committed later is in a later round. Ticket 0 stands for more than
-- anybody could be told. The counter holds the newest round.
CREATE TABLE change (
    round  BIGINT NOT NULL,
    ticket BIGINT NOT NULL,
    seq    BIGINT NOT NULL,
    state  {{text_c}} NOT NULL,
    PRIMARY KEY (round, ticket, seq)
) {{without_rowid}};
INSERT INTO counter (name, next) VALUES ('change', 1);
