-- The second net: PostgreSQL itself keeps workspaces apart. The program runs every statement of a workspace with
-- the rights of a role that owns nothing, and names the workspace in throughline.tenant. A policy is a plain
-- equality, so that it finds rows by the index as the statement's own does; without a workspace it shows nothing
-- and takes nothing. The owner, who makes tables and backs up, is not bound by it: see docs/adr/0016.

ALTER TABLE workspace ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON workspace
    USING (id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE counter ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON counter
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE role ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON role
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE role_permission ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON role_permission
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE staff_user ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON staff_user
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE session ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON session
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE password_reset ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON password_reset
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE team ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON team
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE team_member ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON team_member
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE audit_entry ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON audit_entry
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE event ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON event
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE job ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON job
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE idempotency_key ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON idempotency_key
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE mail_outbox ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON mail_outbox
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE custom_field ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON custom_field
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE field_value ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON field_value
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE tag ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON tag
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE customer ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON customer
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE customer_identity ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON customer_identity
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE customer_tag ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON customer_tag
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE customer_group ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON customer_group
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE customer_group_member ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON customer_group_member
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE customer_note ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON customer_note
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE product ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON product
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE product_sales ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON product_sales
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE product_tag ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON product_tag
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE sales_order ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON sales_order
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE order_line ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON order_line
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE order_note ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON order_note
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE order_status_change ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON order_status_change
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE payment_transaction ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON payment_transaction
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE media_file ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON media_file
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE ticket ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON ticket
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE ticket_message ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON ticket_message
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE ticket_attachment ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON ticket_attachment
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE ticket_tag ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON ticket_tag
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE ticket_follower ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON ticket_follower
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE ticket_read ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON ticket_read
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE ticket_draft ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON ticket_draft
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE escalation_contact ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON escalation_contact
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE search_entity ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON search_entity
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE search_message ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON search_message
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

ALTER TABLE search_term ENABLE ROW LEVEL SECURITY;
CREATE POLICY workspace_alone ON search_term
    USING (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint)
    WITH CHECK (tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint);

-- Under a policy, PostgreSQL uses an index only for operators that are known to tell nothing through errors, and
-- @@ is not on that list. These views hold the same equality and leave the inverted index in use.
CREATE OR REPLACE VIEW search_entity_here AS
    SELECT tenant_id, kind, object, parent, seq, words
    FROM search_entity
    WHERE tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint;
CREATE OR REPLACE VIEW search_message_here AS
    SELECT tenant_id, kind, object, parent, seq, words
    FROM search_message
    WHERE tenant_id = nullif(current_setting('throughline.tenant', true), '')::bigint;
