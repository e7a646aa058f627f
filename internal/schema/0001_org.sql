-- +goose Up

-- The city as data. Everything here is small, read whole into memory, and read
-- again when the revision has moved.
CREATE TABLE directory (
    id       {{pk}},
    revision BIGINT NOT NULL
);
INSERT INTO directory (id, revision) VALUES (1, 0);

CREATE TABLE unit (
    id        {{pk}},
    parent    BIGINT NOT NULL,
    path      {{text_c}} NOT NULL UNIQUE,
    code      {{text_c}} NOT NULL UNIQUE,
    name      TEXT NOT NULL,
    short     TEXT NOT NULL,
    level     {{text_c}} NOT NULL,
    kind      {{text_c}} NOT NULL,
    area      {{text_c}} NOT NULL,
    is_active BIGINT NOT NULL
);

CREATE TABLE account (
    id        {{pk}},
    login     {{text_c}} NOT NULL UNIQUE,
    name      TEXT NOT NULL,
    unit      BIGINT NOT NULL REFERENCES unit (id),
    is_active BIGINT NOT NULL
);
CREATE INDEX account_unit ON account (unit);
CREATE TABLE account_role (
    account BIGINT NOT NULL REFERENCES account (id),
    role    {{text_c}} NOT NULL,
    PRIMARY KEY (account, role)
) {{without_rowid}};

-- A category is never deleted. What it was called before stands in
-- category_past, under the version that ended.
CREATE TABLE category (
    code      {{text_c}} PRIMARY KEY,
    version   BIGINT NOT NULL,
    parent    {{text_c}} NOT NULL,
    path      {{text_c}} NOT NULL UNIQUE,
    name      TEXT NOT NULL,
    level     BIGINT NOT NULL,
    is_active BIGINT NOT NULL
);
CREATE TABLE category_past (
    code      {{text_c}} NOT NULL,
    version   BIGINT NOT NULL,
    name      TEXT NOT NULL,
    is_active BIGINT NOT NULL,
    PRIMARY KEY (code, version)
);

CREATE TABLE area (
    code   {{text_c}} PRIMARY KEY,
    parent {{text_c}} NOT NULL,
    name   TEXT NOT NULL,
    level  BIGINT NOT NULL
);

CREATE TABLE catalogue (
    id          {{pk}},
    category    {{text_c}} NOT NULL REFERENCES category (code),
    area        {{text_c}} NOT NULL,
    lead_unit   BIGINT NOT NULL REFERENCES unit (id),
    legal_basis TEXT NOT NULL,
    valid_from  {{text_c}} NOT NULL,
    valid_to    {{text_c}} NOT NULL
);
CREATE TABLE catalogue_co (
    entry BIGINT NOT NULL REFERENCES catalogue (id),
    no    BIGINT NOT NULL,
    unit  BIGINT NOT NULL REFERENCES unit (id),
    PRIMARY KEY (entry, no)
) {{without_rowid}};

-- Empty text and unit zero match everything.
CREATE TABLE limit_rule (
    id         {{pk}},
    step       {{text_c}} NOT NULL,
    kind       {{text_c}} NOT NULL,
    category   {{text_c}} NOT NULL,
    urgency    {{text_c}} NOT NULL,
    channel    {{text_c}} NOT NULL,
    unit       BIGINT NOT NULL,
    duration   {{text_c}} NOT NULL,
    valid_from {{text_c}} NOT NULL,
    valid_to   {{text_c}} NOT NULL
);
CREATE TABLE reply_rule (
    id       {{pk}},
    kind     {{text_c}} NOT NULL,
    category {{text_c}} NOT NULL,
    unit     BIGINT NOT NULL,
    mode     {{text_c}} NOT NULL
);

CREATE TABLE code (
    set_name  {{text_c}} NOT NULL,
    code      {{text_c}} NOT NULL,
    name      TEXT NOT NULL,
    note      TEXT NOT NULL,
    position  BIGINT NOT NULL,
    is_active BIGINT NOT NULL,
    PRIMARY KEY (set_name, code)
);
CREATE TABLE setting (
    key   {{text_c}} PRIMARY KEY,
    value TEXT NOT NULL
);

-- The working calendar: the years whose notice is published, and the days that
-- each notice names, which may lie in the December before.
CREATE TABLE calendar_year (
    year {{pk}}
);
CREATE TABLE calendar_day (
    year       BIGINT NOT NULL REFERENCES calendar_year (year),
    day        {{text_c}} NOT NULL,
    is_working BIGINT NOT NULL,
    name       TEXT NOT NULL,
    PRIMARY KEY (year, day)
) {{without_rowid}};
CREATE TABLE work_window (
    from_minute {{pk}},
    to_minute   BIGINT NOT NULL
);
