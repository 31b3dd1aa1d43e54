-- Names are found whatever their case. A column that holds the folded name can be looked up by its index where
-- PostgreSQL keeps workspaces apart, which lower(name) cannot: the function is not on its list of those that tell
-- nothing through errors.
ALTER TABLE customer ADD COLUMN first_name_key TEXT GENERATED ALWAYS AS (lower(first_name)) VIRTUAL;
DROP INDEX customer_by_first_name;
CREATE INDEX customer_by_first_name ON customer (tenant_id, first_name_key, updated_at, id);
ALTER TABLE customer ADD COLUMN last_name_key TEXT GENERATED ALWAYS AS (lower(last_name)) VIRTUAL;
DROP INDEX customer_by_last_name;
CREATE INDEX customer_by_last_name ON customer (tenant_id, last_name_key, updated_at, id);
ALTER TABLE customer ADD COLUMN company_key TEXT GENERATED ALWAYS AS (lower(company)) VIRTUAL;
DROP INDEX customer_by_company;
CREATE INDEX customer_by_company ON customer (tenant_id, company_key, updated_at, id) WHERE company <> '';
