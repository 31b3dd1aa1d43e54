-- The base schema. Conventions: the workspace leads every key; ids are UUIDv7 made by the program;
-- times are microseconds since 1970 UTC; money is minor units with its currency beside it.

CREATE TABLE workspace (
    id         BIGINT PRIMARY KEY,
    slug       TEXT   NOT NULL UNIQUE,
    name       TEXT   NOT NULL,
    currency   TEXT   NOT NULL,
    timezone   TEXT   NOT NULL,
    locale     TEXT   NOT NULL,
    status     TEXT   NOT NULL,
    settings   JSONB  NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Numbers that people see (tickets) and sequences of the search index.
CREATE TABLE counter (
    tenant_id BIGINT NOT NULL REFERENCES workspace (id),
    name      TEXT   NOT NULL,
    value     BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, name)
);

CREATE TABLE role (
    tenant_id   BIGINT  NOT NULL REFERENCES workspace (id),
    id          UUID    NOT NULL,
    key         TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    description TEXT    NOT NULL,
    built_in    BOOLEAN NOT NULL,
    created_at  BIGINT  NOT NULL,
    updated_at  BIGINT  NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, key)
);

CREATE TABLE role_permission (
    tenant_id  BIGINT NOT NULL,
    role_id    UUID   NOT NULL,
    permission TEXT   NOT NULL,
    PRIMARY KEY (tenant_id, role_id, permission),
    FOREIGN KEY (tenant_id, role_id) REFERENCES role (tenant_id, id)
);

CREATE TABLE staff_user (
    tenant_id           BIGINT  NOT NULL REFERENCES workspace (id),
    id                  UUID    NOT NULL,
    email               TEXT    NOT NULL,
    username            TEXT,
    name                TEXT    NOT NULL,
    password_hash       TEXT    NOT NULL,
    role_id             UUID    NOT NULL,
    status              TEXT    NOT NULL,
    available           BOOLEAN NOT NULL,
    preferences         JSONB   NOT NULL,
    password_changed_at BIGINT  NOT NULL,
    last_seen_at        BIGINT,
    deleted_at          BIGINT,
    created_at          BIGINT  NOT NULL,
    updated_at          BIGINT  NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, role_id) REFERENCES role (tenant_id, id)
);
CREATE UNIQUE INDEX staff_user_email ON staff_user (tenant_id, email) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX staff_user_username ON staff_user (tenant_id, username) WHERE username IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX staff_user_by_role ON staff_user (tenant_id, role_id, status);

-- One row is one signed-in device. The refresh token rotates; the one before is known for a short
-- grace time, and anything older ends the session.
CREATE TABLE session (
    tenant_id     BIGINT NOT NULL,
    id            UUID   NOT NULL,
    user_id       UUID   NOT NULL,
    refresh_hash  BYTEA  NOT NULL,
    previous_hash BYTEA,
    rotated_at    BIGINT NOT NULL,
    device        TEXT   NOT NULL,
    address       TEXT   NOT NULL,
    created_at    BIGINT NOT NULL,
    last_seen_at  BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    revoked_at    BIGINT,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES staff_user (tenant_id, id)
);
CREATE INDEX session_by_user ON session (tenant_id, user_id, id);
CREATE INDEX session_by_expiry ON session (expires_at);

CREATE TABLE password_reset (
    tenant_id  BIGINT NOT NULL,
    id         UUID   NOT NULL,
    user_id    UUID   NOT NULL,
    token_hash BYTEA  NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, token_hash),
    FOREIGN KEY (tenant_id, user_id) REFERENCES staff_user (tenant_id, id)
);
CREATE INDEX password_reset_by_user ON password_reset (tenant_id, user_id);

CREATE TABLE team (
    tenant_id  BIGINT NOT NULL REFERENCES workspace (id),
    id         UUID   NOT NULL,
    name       TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name)
);

CREATE TABLE team_member (
    tenant_id BIGINT NOT NULL,
    team_id   UUID   NOT NULL,
    user_id   UUID   NOT NULL,
    PRIMARY KEY (tenant_id, team_id, user_id),
    FOREIGN KEY (tenant_id, team_id) REFERENCES team (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES staff_user (tenant_id, id)
);
CREATE INDEX team_member_by_user ON team_member (tenant_id, user_id);

CREATE TABLE audit_entry (
    tenant_id   BIGINT NOT NULL,
    id          UUID   NOT NULL,
    occurred_at BIGINT NOT NULL,
    actor_kind  TEXT   NOT NULL,
    actor_id    UUID,
    actor_name  TEXT   NOT NULL,
    action      TEXT   NOT NULL,
    object_kind TEXT   NOT NULL,
    object_id   UUID,
    object_name TEXT   NOT NULL,
    address     TEXT   NOT NULL,
    request_id  TEXT   NOT NULL,
    changes     JSONB  NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX audit_entry_by_object ON audit_entry (tenant_id, object_kind, object_id, id);
CREATE INDEX audit_entry_by_actor ON audit_entry (tenant_id, actor_id, id);

-- What happened; written with the change, read by the journey, live streams and reactions.
CREATE TABLE event (
    tenant_id   BIGINT NOT NULL,
    id          UUID   NOT NULL,
    kind        TEXT   NOT NULL,
    occurred_at BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    actor_kind  TEXT   NOT NULL,
    actor_id    UUID,
    customer_id UUID,
    object_kind TEXT   NOT NULL,
    object_id   UUID,
    audience    TEXT   NOT NULL,
    data        JSONB  NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX event_journey ON event (tenant_id, customer_id, occurred_at, id) WHERE customer_id IS NOT NULL;
CREATE INDEX event_by_object ON event (tenant_id, object_id, id) WHERE object_id IS NOT NULL;

CREATE TABLE job (
    tenant_id      BIGINT NOT NULL,
    id             UUID   NOT NULL,
    kind           TEXT   NOT NULL,
    state          TEXT   NOT NULL,
    run_at         BIGINT NOT NULL,
    attempts       BIGINT NOT NULL,
    max_attempts   BIGINT NOT NULL,
    lease_until    BIGINT,
    lease_token    UUID,
    dedupe_key     TEXT,
    payload        JSONB  NOT NULL,
    progress_done  BIGINT NOT NULL,
    progress_total BIGINT NOT NULL,
    result         JSONB,
    last_error     TEXT   NOT NULL,
    created_by     UUID,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    finished_at    BIGINT,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX job_queued ON job (tenant_id, run_at, id) WHERE state = 'queued';
CREATE INDEX job_running ON job (lease_until) WHERE state = 'running';
CREATE INDEX job_dead ON job (tenant_id, id) WHERE state = 'dead';
CREATE INDEX job_finished ON job (finished_at) WHERE finished_at IS NOT NULL;
CREATE UNIQUE INDEX job_dedupe ON job (tenant_id, kind, dedupe_key) WHERE dedupe_key IS NOT NULL AND state IN ('queued', 'running');

-- One row per periodic task of the installation; whoever moves due_at forward runs it.
CREATE TABLE periodic (
    name   TEXT   PRIMARY KEY,
    due_at BIGINT NOT NULL,
    ran_at BIGINT
);

-- happened is written by the transaction of the request itself; status is 0 until the answer is kept.
CREATE TABLE idempotency_key (
    tenant_id    BIGINT  NOT NULL,
    actor        TEXT    NOT NULL,
    route        TEXT    NOT NULL,
    key          TEXT    NOT NULL,
    request_hash BYTEA   NOT NULL,
    happened     BOOLEAN NOT NULL,
    status       BIGINT  NOT NULL,
    header       JSONB,
    body         BYTEA,
    created_at   BIGINT  NOT NULL,
    PRIMARY KEY (tenant_id, actor, route, key)
);
CREATE INDEX idempotency_key_by_age ON idempotency_key (created_at);

CREATE TABLE mail_outbox (
    tenant_id  BIGINT NOT NULL REFERENCES workspace (id),
    id         UUID   NOT NULL,
    recipient  TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    body_text  TEXT   NOT NULL,
    body_html  TEXT   NOT NULL,
    purpose    TEXT   NOT NULL,
    state      TEXT   NOT NULL,
    last_error TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    sent_at    BIGINT,
    PRIMARY KEY (tenant_id, id)
);

-- Definitions of a workspace's own fields, and the index of the values that may be filtered and sorted.
CREATE TABLE custom_field (
    tenant_id     BIGINT  NOT NULL REFERENCES workspace (id),
    id            UUID    NOT NULL,
    object        TEXT    NOT NULL,
    key           TEXT    NOT NULL,
    label         TEXT    NOT NULL,
    type          TEXT    NOT NULL,
    options       JSONB   NOT NULL,
    rules         JSONB   NOT NULL,
    default_value JSONB,
    required      BOOLEAN NOT NULL,
    indexed       BOOLEAN NOT NULL,
    index_ready   BOOLEAN NOT NULL,
    swept_to      UUID,
    position      BIGINT  NOT NULL,
    created_at    BIGINT  NOT NULL,
    updated_at    BIGINT  NOT NULL,
    deleted_at    BIGINT,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, object, key)
);

-- value is an order-preserving encoding, so that equality, range and sort are one index range.
CREATE TABLE field_value (
    tenant_id BIGINT NOT NULL,
    field_id  UUID   NOT NULL,
    value     BYTEA  NOT NULL,
    object_id UUID   NOT NULL,
    PRIMARY KEY (tenant_id, field_id, value, object_id),
    FOREIGN KEY (tenant_id, field_id) REFERENCES custom_field (tenant_id, id)
);
CREATE INDEX field_value_by_object ON field_value (tenant_id, object_id, field_id, value);

CREATE TABLE tag (
    tenant_id  BIGINT  NOT NULL REFERENCES workspace (id),
    id         UUID    NOT NULL,
    name       TEXT    NOT NULL,
    name_key   TEXT    NOT NULL,
    colour     TEXT    NOT NULL,
    built_in   BOOLEAN NOT NULL,
    created_at BIGINT  NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name_key)
);

CREATE TABLE customer (
    tenant_id      BIGINT  NOT NULL REFERENCES workspace (id),
    id             UUID    NOT NULL,
    kind           TEXT    NOT NULL,
    status         TEXT    NOT NULL,
    first_name     TEXT    NOT NULL,
    last_name      TEXT    NOT NULL,
    company        TEXT    NOT NULL,
    name_key       TEXT    NOT NULL,
    name_made_up   BOOLEAN NOT NULL,
    email          TEXT,
    phone          TEXT,
    address        JSONB   NOT NULL,
    country        TEXT    NOT NULL,
    level          TEXT    NOT NULL,
    owner_id       UUID,
    birth_date     TEXT,
    referred_by_id UUID,
    fields         JSONB   NOT NULL,
    source         TEXT    NOT NULL,
    version        BIGINT  NOT NULL,
    created_at     BIGINT  NOT NULL,
    updated_at     BIGINT  NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, owner_id) REFERENCES staff_user (tenant_id, id)
);
CREATE INDEX customer_by_update ON customer (tenant_id, updated_at, id);
CREATE INDEX customer_by_name ON customer (tenant_id, name_key, id);
CREATE INDEX customer_by_status ON customer (tenant_id, status, updated_at, id);
CREATE INDEX customer_by_owner ON customer (tenant_id, owner_id, updated_at, id) WHERE owner_id IS NOT NULL;
CREATE INDEX customer_by_kind ON customer (tenant_id, kind, updated_at, id);
CREATE INDEX customer_by_first_name ON customer (tenant_id, lower(first_name), updated_at, id);
CREATE INDEX customer_by_last_name ON customer (tenant_id, lower(last_name), updated_at, id);
CREATE INDEX customer_by_company ON customer (tenant_id, lower(company), updated_at, id) WHERE company <> '';
CREATE INDEX customer_by_country ON customer (tenant_id, country, updated_at, id) WHERE country <> '';
CREATE INDEX customer_by_level ON customer (tenant_id, level, updated_at, id) WHERE level <> '';
CREATE INDEX customer_by_birth_date ON customer (tenant_id, birth_date, id) WHERE birth_date IS NOT NULL;
CREATE INDEX customer_by_referrer ON customer (tenant_id, referred_by_id) WHERE referred_by_id IS NOT NULL;

CREATE TABLE customer_identity (
    tenant_id   BIGINT NOT NULL,
    id          UUID   NOT NULL,
    customer_id UUID   NOT NULL,
    kind        TEXT   NOT NULL,
    value       TEXT   NOT NULL,
    display     TEXT   NOT NULL,
    system      TEXT   NOT NULL,
    is_primary  BOOLEAN NOT NULL,
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, kind, system, value),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customer (tenant_id, id)
);
CREATE INDEX customer_identity_by_customer ON customer_identity (tenant_id, customer_id);

CREATE TABLE customer_tag (
    tenant_id   BIGINT NOT NULL,
    customer_id UUID   NOT NULL,
    tag_id      UUID   NOT NULL,
    PRIMARY KEY (tenant_id, customer_id, tag_id),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customer (tenant_id, id),
    FOREIGN KEY (tenant_id, tag_id) REFERENCES tag (tenant_id, id)
);
CREATE INDEX customer_tag_by_tag ON customer_tag (tenant_id, tag_id, customer_id);

CREATE TABLE customer_group (
    tenant_id   BIGINT NOT NULL REFERENCES workspace (id),
    id          UUID   NOT NULL,
    name        TEXT   NOT NULL,
    name_key    TEXT   NOT NULL,
    description TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name_key)
);

CREATE TABLE customer_group_member (
    tenant_id   BIGINT NOT NULL,
    group_id    UUID   NOT NULL,
    customer_id UUID   NOT NULL,
    PRIMARY KEY (tenant_id, group_id, customer_id),
    FOREIGN KEY (tenant_id, group_id) REFERENCES customer_group (tenant_id, id),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customer (tenant_id, id)
);
CREATE INDEX customer_group_member_by_customer ON customer_group_member (tenant_id, customer_id);

CREATE TABLE customer_note (
    tenant_id   BIGINT NOT NULL,
    id          UUID   NOT NULL,
    customer_id UUID   NOT NULL,
    author_id   UUID   NOT NULL,
    body        TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customer (tenant_id, id),
    FOREIGN KEY (tenant_id, author_id) REFERENCES staff_user (tenant_id, id)
);
CREATE INDEX customer_note_by_customer ON customer_note (tenant_id, customer_id, id);

CREATE TABLE product (
    tenant_id    BIGINT NOT NULL REFERENCES workspace (id),
    id           UUID   NOT NULL,
    sku          TEXT   NOT NULL,
    title        TEXT   NOT NULL,
    title_key    TEXT   NOT NULL,
    description  TEXT   NOT NULL,
    status       TEXT   NOT NULL,
    price        BIGINT NOT NULL,
    currency     TEXT   NOT NULL,
    inventory    BIGINT,
    rating       DOUBLE PRECISION,
    rating_count BIGINT NOT NULL,
    fields       JSONB  NOT NULL,
    version      BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, sku)
);
CREATE INDEX product_by_update ON product (tenant_id, updated_at, id);
CREATE INDEX product_by_title ON product (tenant_id, title_key, id);
CREATE INDEX product_by_inventory ON product (tenant_id, inventory, id) WHERE inventory IS NOT NULL;

-- How much was sold lately, worked out anew by a periodic job; for upsell suggestions.
CREATE TABLE product_sales (
    tenant_id  BIGINT NOT NULL,
    product_id UUID   NOT NULL,
    sold       BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, product_id)
);
CREATE INDEX product_sales_by_sold ON product_sales (tenant_id, sold, product_id);

CREATE TABLE product_tag (
    tenant_id  BIGINT NOT NULL,
    product_id UUID   NOT NULL,
    tag_id     UUID   NOT NULL,
    PRIMARY KEY (tenant_id, product_id, tag_id),
    FOREIGN KEY (tenant_id, product_id) REFERENCES product (tenant_id, id),
    FOREIGN KEY (tenant_id, tag_id) REFERENCES tag (tenant_id, id)
);
CREATE INDEX product_tag_by_tag ON product_tag (tenant_id, tag_id, product_id);

CREATE TABLE sales_order (
    tenant_id   BIGINT NOT NULL REFERENCES workspace (id),
    id          UUID   NOT NULL,
    number      TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    status      TEXT   NOT NULL,
    customer_id UUID,
    currency    TEXT   NOT NULL,
    subtotal    BIGINT NOT NULL,
    discount    BIGINT NOT NULL,
    tax         BIGINT NOT NULL,
    total       BIGINT NOT NULL,
    line_count  BIGINT NOT NULL,
    placed_at   BIGINT NOT NULL,
    source      TEXT   NOT NULL,
    fields      JSONB  NOT NULL,
    version     BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, number),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customer (tenant_id, id),
    CHECK (total = subtotal - discount + tax)
);
CREATE INDEX sales_order_by_placed ON sales_order (tenant_id, placed_at, id);
CREATE INDEX sales_order_by_customer ON sales_order (tenant_id, customer_id, placed_at, id) WHERE customer_id IS NOT NULL;
CREATE INDEX sales_order_by_status ON sales_order (tenant_id, status, placed_at, id);
CREATE INDEX sales_order_by_kind ON sales_order (tenant_id, kind, placed_at, id);

-- unit_price is in millionths of the major unit, because some prices have more digits than money has.
CREATE TABLE order_line (
    tenant_id  BIGINT NOT NULL,
    order_id   UUID   NOT NULL,
    position   BIGINT NOT NULL,
    product_id UUID,
    sku        TEXT   NOT NULL,
    title      TEXT   NOT NULL,
    quantity   BIGINT NOT NULL,
    unit_price BIGINT NOT NULL,
    discount   BIGINT NOT NULL,
    tax        BIGINT NOT NULL,
    total      BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, order_id, position),
    FOREIGN KEY (tenant_id, order_id) REFERENCES sales_order (tenant_id, id),
    FOREIGN KEY (tenant_id, product_id) REFERENCES product (tenant_id, id)
);
CREATE INDEX order_line_by_product ON order_line (tenant_id, product_id) WHERE product_id IS NOT NULL;

CREATE TABLE order_note (
    tenant_id  BIGINT NOT NULL,
    id         UUID   NOT NULL,
    order_id   UUID   NOT NULL,
    author_id  UUID   NOT NULL,
    body       TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, order_id) REFERENCES sales_order (tenant_id, id),
    FOREIGN KEY (tenant_id, author_id) REFERENCES staff_user (tenant_id, id)
);
CREATE INDEX order_note_by_order ON order_note (tenant_id, order_id, id);

CREATE TABLE order_status_change (
    tenant_id   BIGINT NOT NULL,
    id          UUID   NOT NULL,
    order_id    UUID   NOT NULL,
    from_status TEXT   NOT NULL,
    to_status   TEXT   NOT NULL,
    actor_id    UUID,
    occurred_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, order_id) REFERENCES sales_order (tenant_id, id)
);
CREATE INDEX order_status_change_by_order ON order_status_change (tenant_id, order_id, id);

CREATE TABLE payment_transaction (
    tenant_id   BIGINT NOT NULL REFERENCES workspace (id),
    id          UUID   NOT NULL,
    order_id    UUID,
    customer_id UUID,
    kind        TEXT   NOT NULL,
    amount      BIGINT NOT NULL,
    currency    TEXT   NOT NULL,
    method      TEXT   NOT NULL,
    reference   TEXT   NOT NULL,
    occurred_at BIGINT NOT NULL,
    created_by  UUID,
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, order_id) REFERENCES sales_order (tenant_id, id),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customer (tenant_id, id)
);
CREATE INDEX payment_transaction_by_time ON payment_transaction (tenant_id, occurred_at, id);
CREATE INDEX payment_transaction_by_order ON payment_transaction (tenant_id, order_id, occurred_at, id) WHERE order_id IS NOT NULL;
CREATE INDEX payment_transaction_by_customer ON payment_transaction (tenant_id, customer_id, occurred_at, id) WHERE customer_id IS NOT NULL;

-- Bytes live in the blob store under a name of our own; this is what is known about them.
CREATE TABLE media_file (
    tenant_id     BIGINT NOT NULL REFERENCES workspace (id),
    id            UUID   NOT NULL,
    name          TEXT   NOT NULL,
    content_type  TEXT   NOT NULL,
    size          BIGINT NOT NULL,
    sha256        BYTEA  NOT NULL,
    blob_key      TEXT   NOT NULL,
    width         BIGINT,
    height        BIGINT,
    thumbnail_key TEXT,
    owner_kind    TEXT   NOT NULL,
    owner_id      UUID,
    created_by    UUID,
    created_at    BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX media_file_by_owner ON media_file (tenant_id, owner_kind, owner_id, id);

CREATE TABLE ticket (
    tenant_id        BIGINT  NOT NULL REFERENCES workspace (id),
    id               UUID    NOT NULL,
    number           BIGINT  NOT NULL,
    title            TEXT    NOT NULL,
    status           TEXT    NOT NULL,
    is_open          BOOLEAN NOT NULL,
    priority         BIGINT  NOT NULL,
    type             TEXT    NOT NULL,
    category         TEXT    NOT NULL,
    channel          TEXT    NOT NULL,
    customer_id      UUID,
    assignee_id      UUID,
    team_id          UUID,
    created_by       UUID,
    message_count    BIGINT  NOT NULL,
    preview          TEXT    NOT NULL,
    last_message_at  BIGINT  NOT NULL,
    last_author_kind TEXT    NOT NULL,
    waiting_since    BIGINT,
    first_replied_at BIGINT,
    resolved_at      BIGINT,
    closed_at        BIGINT,
    fields           JSONB   NOT NULL,
    version          BIGINT  NOT NULL,
    activity_at      BIGINT  NOT NULL,
    created_at       BIGINT  NOT NULL,
    updated_at       BIGINT  NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, number),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customer (tenant_id, id),
    FOREIGN KEY (tenant_id, assignee_id) REFERENCES staff_user (tenant_id, id),
    FOREIGN KEY (tenant_id, team_id) REFERENCES team (tenant_id, id)
);
CREATE INDEX ticket_by_activity ON ticket (tenant_id, is_open, activity_at, id);
CREATE INDEX ticket_by_status ON ticket (tenant_id, status, activity_at, id);
CREATE INDEX ticket_by_assignee ON ticket (tenant_id, assignee_id, is_open, activity_at, id) WHERE assignee_id IS NOT NULL;
CREATE INDEX ticket_by_team ON ticket (tenant_id, team_id, is_open, activity_at, id) WHERE team_id IS NOT NULL;
CREATE INDEX ticket_unassigned ON ticket (tenant_id, is_open, activity_at, id) WHERE assignee_id IS NULL;
CREATE INDEX ticket_by_creator ON ticket (tenant_id, created_by, is_open, activity_at, id) WHERE created_by IS NOT NULL;
CREATE INDEX ticket_waiting ON ticket (tenant_id, waiting_since, id) WHERE waiting_since IS NOT NULL;
CREATE INDEX ticket_urgent ON ticket (tenant_id, activity_at, id) WHERE is_open AND priority <= 2;
CREATE INDEX ticket_by_customer ON ticket (tenant_id, customer_id, activity_at, id) WHERE customer_id IS NOT NULL;

CREATE TABLE ticket_message (
    tenant_id    BIGINT  NOT NULL,
    id           UUID    NOT NULL,
    ticket_id    UUID    NOT NULL,
    internal     BOOLEAN NOT NULL,
    author_kind  TEXT    NOT NULL,
    author_id    UUID,
    body         TEXT    NOT NULL,
    html         TEXT    NOT NULL,
    state        TEXT    NOT NULL,
    held_until   BIGINT,
    file_count   BIGINT  NOT NULL,
    created_at   BIGINT  NOT NULL,
    updated_at   BIGINT  NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, ticket_id) REFERENCES ticket (tenant_id, id)
);
CREATE INDEX ticket_message_by_ticket ON ticket_message (tenant_id, ticket_id, id);

CREATE TABLE ticket_attachment (
    tenant_id  BIGINT NOT NULL,
    message_id UUID   NOT NULL,
    file_id    UUID   NOT NULL,
    position   BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, message_id, file_id),
    FOREIGN KEY (tenant_id, message_id) REFERENCES ticket_message (tenant_id, id),
    FOREIGN KEY (tenant_id, file_id) REFERENCES media_file (tenant_id, id)
);

CREATE TABLE ticket_tag (
    tenant_id BIGINT NOT NULL,
    ticket_id UUID   NOT NULL,
    tag_id    UUID   NOT NULL,
    PRIMARY KEY (tenant_id, ticket_id, tag_id),
    FOREIGN KEY (tenant_id, ticket_id) REFERENCES ticket (tenant_id, id),
    FOREIGN KEY (tenant_id, tag_id) REFERENCES tag (tenant_id, id)
);
CREATE INDEX ticket_tag_by_tag ON ticket_tag (tenant_id, tag_id, ticket_id);

CREATE TABLE ticket_follower (
    tenant_id  BIGINT NOT NULL,
    ticket_id  UUID   NOT NULL,
    user_id    UUID   NOT NULL,
    reason     TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, ticket_id, user_id),
    FOREIGN KEY (tenant_id, ticket_id) REFERENCES ticket (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES staff_user (tenant_id, id)
);
CREATE INDEX ticket_follower_by_user ON ticket_follower (tenant_id, user_id, ticket_id);

CREATE TABLE ticket_read (
    tenant_id BIGINT NOT NULL,
    ticket_id UUID   NOT NULL,
    user_id   UUID   NOT NULL,
    read_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, ticket_id, user_id),
    FOREIGN KEY (tenant_id, ticket_id) REFERENCES ticket (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES staff_user (tenant_id, id)
);

CREATE TABLE ticket_draft (
    tenant_id  BIGINT  NOT NULL,
    ticket_id  UUID    NOT NULL,
    user_id    UUID    NOT NULL,
    internal   BOOLEAN NOT NULL,
    html       TEXT    NOT NULL,
    updated_at BIGINT  NOT NULL,
    PRIMARY KEY (tenant_id, ticket_id, user_id),
    FOREIGN KEY (tenant_id, ticket_id) REFERENCES ticket (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES staff_user (tenant_id, id)
);

CREATE TABLE escalation_contact (
    tenant_id  BIGINT NOT NULL REFERENCES workspace (id),
    id         UUID   NOT NULL,
    name       TEXT   NOT NULL,
    duty       TEXT   NOT NULL,
    email      TEXT   NOT NULL,
    phone      TEXT   NOT NULL,
    note       TEXT   NOT NULL,
    position   BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
