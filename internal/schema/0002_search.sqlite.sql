-- The search index. A document's row in its kind's full-text table is tenant_id * 2^40 + seq, so that one
-- workspace is one range of rows and newer is larger. The full-text tables keep no text.
CREATE TABLE search_doc (
    tenant_id BIGINT NOT NULL,
    seq       BIGINT NOT NULL,
    kind      BIGINT NOT NULL,
    object    UUID   NOT NULL,
    parent    UUID,
    PRIMARY KEY (tenant_id, seq)
) WITHOUT ROWID;
CREATE UNIQUE INDEX search_doc_by_object ON search_doc (tenant_id, object, kind);

-- The words in use, per kind, for prefixes and for words with a typing mistake.
CREATE TABLE search_term (
    tenant_id    BIGINT NOT NULL,
    kind         BIGINT NOT NULL,
    term         TEXT   NOT NULL,
    unused_since BIGINT,
    PRIMARY KEY (tenant_id, kind, term)
) WITHOUT ROWID;

-- The program cuts and folds words itself; the ascii tokenizer then only splits at spaces.
CREATE VIRTUAL TABLE search_customer USING fts5(words, content='', contentless_delete=1, tokenize='ascii', prefix='1 2 3');
CREATE VIRTUAL TABLE search_order USING fts5(words, content='', contentless_delete=1, tokenize='ascii', prefix='1 2 3');
CREATE VIRTUAL TABLE search_product USING fts5(words, content='', contentless_delete=1, tokenize='ascii', prefix='1 2 3');
CREATE VIRTUAL TABLE search_ticket USING fts5(words, content='', contentless_delete=1, tokenize='ascii', prefix='1 2 3');
CREATE VIRTUAL TABLE search_message USING fts5(words, content='', contentless_delete=1, tokenize='ascii', prefix='3');
