-- +goose Up

-- People, enterprises and organisations. Every detail is sealed under the row's
-- own key; the hashes are keyed, cut to 16 bytes, and only for equality.
CREATE TABLE requester (
    id          {{pk}},
    kind        {{text_c}} NOT NULL,
    key_wrapped {{bytes}},
    name        {{bytes}},
    phone       {{bytes}},
    email       {{bytes}},
    id_number   {{bytes}},
    address     {{bytes}},
    company     {{bytes}},
    credit_code {{bytes}},
    match_hash  {{bytes}},
    phone_hash  {{bytes}},
    email_hash  {{bytes}},
    id_hash     {{bytes}},
    credit_hash {{bytes}},
    created_at  BIGINT NOT NULL
);
CREATE INDEX requester_match ON requester (match_hash) WHERE match_hash IS NOT NULL;
CREATE INDEX requester_phone ON requester (phone_hash) WHERE phone_hash IS NOT NULL;
CREATE INDEX requester_email ON requester (email_hash) WHERE email_hash IS NOT NULL;
CREATE INDEX requester_id_number ON requester (id_hash) WHERE id_hash IS NOT NULL;
CREATE INDEX requester_credit ON requester (credit_hash) WHERE credit_hash IS NOT NULL;
