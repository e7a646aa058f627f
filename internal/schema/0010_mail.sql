-- +goose Up

-- What requesters are told by e-mail, and what became of it: queued with the
-- change that it is about, then sent, failed or dropped. Seq is the record
-- that it is about; code is what the mail server answered last, zero for
-- nothing. The address is not here: it is read when the mail is sent.
CREATE TABLE outbound (
    ticket    BIGINT NOT NULL,
    seq       BIGINT NOT NULL,
    about     {{text_c}} NOT NULL,
    state     {{text_c}} NOT NULL,
    attempts  BIGINT NOT NULL,
    code      BIGINT NOT NULL,
    queued_at BIGINT NOT NULL,
    at        BIGINT NOT NULL,
    PRIMARY KEY (ticket, seq, about)
) {{without_rowid}};
