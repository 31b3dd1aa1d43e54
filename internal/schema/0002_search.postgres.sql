-- The search index. words holds the folded words with their positions and one lexeme that names the
-- workspace and the kind, so that the inverted index itself keeps workspaces apart. seq grows with time;
-- walking it backwards finds common words, the inverted index finds rare ones. The list of rows that wait for
-- the inverted index is short, because every question reads all of it.
CREATE TABLE search_entity (
    tenant_id BIGINT   NOT NULL,
    kind      SMALLINT NOT NULL,
    object    UUID     NOT NULL,
    parent    UUID,
    seq       BIGINT   NOT NULL,
    words     TSVECTOR NOT NULL,
    PRIMARY KEY (tenant_id, kind, object)
);
CREATE INDEX search_entity_by_seq ON search_entity (tenant_id, kind, seq, object);
CREATE INDEX search_entity_words ON search_entity USING gin (words) WITH (fastupdate = on, gin_pending_list_limit = 64);

CREATE TABLE search_message (
    tenant_id BIGINT   NOT NULL,
    kind      SMALLINT NOT NULL,
    object    UUID     NOT NULL,
    parent    UUID,
    seq       BIGINT   NOT NULL,
    words     TSVECTOR NOT NULL,
    PRIMARY KEY (tenant_id, kind, object)
);
CREATE INDEX search_message_by_seq ON search_message (tenant_id, kind, seq, object);
CREATE INDEX search_message_words ON search_message USING gin (words) WITH (fastupdate = on, gin_pending_list_limit = 64);

-- The words in use, per kind, for prefixes and for words with a typing mistake; ordered by bytes.
CREATE TABLE search_term (
    tenant_id    BIGINT   NOT NULL,
    kind         SMALLINT NOT NULL,
    term         TEXT     COLLATE "C" NOT NULL,
    unused_since BIGINT,
    PRIMARY KEY (tenant_id, kind, term)
);
