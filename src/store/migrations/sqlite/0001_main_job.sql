-- SPDX-License-Identifier: EUPL-1.2
-- Instants are microseconds since 1970-01-01T00:00:00Z; dates are ISO text; money is gross cents unless the name says net or vat.

CREATE TABLE participation (
    programme     TEXT NOT NULL,
    comune        TEXT NOT NULL,
    state         TEXT NOT NULL,
    reason        TEXT,
    cup           TEXT UNIQUE,
    cup_template  TEXT,
    cup_generated_on TEXT,
    receipt       TEXT,
    receipt_at    BIGINT,
    assigned      BIGINT NOT NULL CHECK (assigned >= 0),
    reserved      BIGINT NOT NULL CHECK (reserved >= 0),
    committed     BIGINT NOT NULL CHECK (committed >= 0),
    invoiced      BIGINT NOT NULL CHECK (invoiced >= 0),
    paid          BIGINT NOT NULL CHECK (paid >= 0),
    synthetic     BIGINT NOT NULL CHECK (synthetic IN (0, 1)),
    updated_at    BIGINT NOT NULL,
    PRIMARY KEY (programme, comune),
    CHECK (reserved + committed + invoiced + paid <= assigned)
);

CREATE TABLE journal (
    id            INTEGER PRIMARY KEY,
    programme     TEXT NOT NULL,
    comune        TEXT NOT NULL,
    kind          TEXT NOT NULL,
    amount        BIGINT NOT NULL CHECK (amount > 0),
    order_id      TEXT,
    event_key     TEXT NOT NULL UNIQUE,
    booked_at     BIGINT NOT NULL
);
CREATE TRIGGER journal_is_append_only_update BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_is_append_only_delete BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

CREATE TABLE orders (
    id            TEXT PRIMARY KEY,
    programme     TEXT NOT NULL,
    comune        TEXT NOT NULL,
    number        TEXT NOT NULL,
    order_date    TEXT NOT NULL,
    sent_at       BIGINT,
    supplier      TEXT NOT NULL,
    supplier_name TEXT,
    cup           TEXT,
    cig           TEXT,
    net           BIGINT,
    vat           BIGINT,
    gross         BIGINT,
    own_funds     BIGINT NOT NULL,
    reserved      BIGINT NOT NULL CHECK (reserved >= 0),
    categories    TEXT NOT NULL,
    verdict       TEXT NOT NULL,
    state         TEXT NOT NULL,
    live          BIGINT NOT NULL CHECK (live IN (0, 1)),
    oda_number    TEXT,
    findings      TEXT NOT NULL,
    document      TEXT NOT NULL,
    media_type    TEXT NOT NULL,
    version       BIGINT NOT NULL,
    received_at   BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL
);
CREATE UNIQUE INDEX orders_live_number ON orders (programme, comune, number) WHERE live = 1;
CREATE UNIQUE INDEX orders_live_cig ON orders (programme, cig) WHERE live = 1 AND cig IS NOT NULL;
CREATE INDEX orders_by_comune ON orders (programme, comune, received_at, id);
CREATE INDEX orders_by_time ON orders (programme, received_at, id);

CREATE TABLE purchase_total (
    programme     TEXT NOT NULL,
    comune        TEXT NOT NULL,
    supplier      TEXT NOT NULL,
    category      TEXT NOT NULL,
    orders        BIGINT NOT NULL,
    net           BIGINT NOT NULL,
    last_order    TEXT NOT NULL,
    PRIMARY KEY (programme, comune, supplier, category)
);

CREATE TABLE declaration (
    id            TEXT PRIMARY KEY,
    order_id      TEXT NOT NULL REFERENCES orders (id),
    body          TEXT NOT NULL,
    received_at   BIGINT NOT NULL
);
CREATE INDEX declaration_by_order ON declaration (order_id, received_at, id);

-- Declarations that cover more than one order; those about the Comune itself name no supplier.
CREATE TABLE declaration_on_file (
    programme     TEXT NOT NULL,
    comune        TEXT NOT NULL,
    supplier      TEXT NOT NULL,
    body          TEXT NOT NULL,
    order_id      TEXT NOT NULL REFERENCES orders (id),
    received_at   BIGINT NOT NULL,
    PRIMARY KEY (programme, comune, supplier, body)
);

CREATE TABLE document (
    order_id      TEXT PRIMARY KEY REFERENCES orders (id),
    bytes         BLOB NOT NULL,
    received_at   BIGINT NOT NULL
);

CREATE TABLE idempotency (
    scope         TEXT NOT NULL,
    key           TEXT NOT NULL,
    body_sha256   TEXT NOT NULL,
    status        BIGINT NOT NULL,
    location      TEXT,
    body          TEXT NOT NULL,
    created_at    BIGINT NOT NULL,
    PRIMARY KEY (scope, key)
);

CREATE TABLE outbox (
    event_key     TEXT PRIMARY KEY,
    kind          TEXT NOT NULL,
    programme     TEXT NOT NULL,
    comune        TEXT NOT NULL,
    order_id      TEXT,
    state         TEXT NOT NULL,
    attempt       BIGINT NOT NULL,
    uncounted     BIGINT NOT NULL DEFAULT 0,
    fence         BIGINT NOT NULL,
    lease_until   BIGINT NOT NULL,
    not_before    BIGINT NOT NULL,
    last_error    TEXT,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL
);
CREATE INDEX outbox_due ON outbox (state, not_before);

CREATE TABLE audit (
    id            INTEGER PRIMARY KEY,
    chain         TEXT NOT NULL,
    seq           BIGINT NOT NULL,
    at            BIGINT NOT NULL,
    actor         TEXT NOT NULL,
    capacity      TEXT NOT NULL,
    action        TEXT NOT NULL,
    subject       TEXT NOT NULL,
    detail        TEXT NOT NULL,
    previous      TEXT NOT NULL,
    hash          TEXT NOT NULL,
    UNIQUE (chain, seq)
);
CREATE TRIGGER audit_is_append_only_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit chain is append-only'); END;
CREATE TRIGGER audit_is_append_only_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit chain is append-only'); END;

CREATE TABLE audit_head (
    chain         TEXT PRIMARY KEY,
    seq           BIGINT NOT NULL,
    hash          TEXT NOT NULL
);

CREATE TABLE client (
    id            TEXT PRIMARY KEY,
    name          TEXT NOT NULL,
    role          TEXT NOT NULL,
    programme     TEXT NOT NULL,
    comune        TEXT,
    token_sha256  TEXT NOT NULL UNIQUE,
    created_at    BIGINT NOT NULL,
    revoked_at    BIGINT
);
