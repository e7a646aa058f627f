-- +goose Up
CREATE TABLE search_doc (id BIGINT PRIMARY KEY, words TSVECTOR NOT NULL);
CREATE INDEX search_doc_words ON search_doc USING GIN (words);
