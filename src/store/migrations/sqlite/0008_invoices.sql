-- SPDX-License-Identifier: EUPL-1.2
-- Invoices that were taken in, whichever way they came, with the file they came in.

-- A file, known by what is inside its signatures: the same invoices signed or not, delivered once or twice, are one file. The
-- first form in which it came is kept. What is large stands last.
CREATE TABLE invoice_files (
    content_sha256 TEXT PRIMARY KEY,
    sha256        TEXT NOT NULL,
    file_name     TEXT,
    origin        TEXT NOT NULL CHECK (origin IN ('api', 'sdi', 'import')),
    signature     TEXT NOT NULL,
    sdi_id        BIGINT,
    received_at   BIGINT NOT NULL,
    file          BLOB NOT NULL
);
CREATE UNIQUE INDEX invoice_files_by_sdi ON invoice_files (sdi_id) WHERE sdi_id IS NOT NULL;

CREATE TABLE invoices (
    id            TEXT PRIMARY KEY,
    programme     TEXT NOT NULL,
    comune        TEXT NOT NULL,
    content_sha256 TEXT NOT NULL REFERENCES invoice_files (content_sha256),
    position      BIGINT NOT NULL,
    supplier      TEXT NOT NULL,
    supplier_name TEXT NOT NULL,
    number        TEXT NOT NULL,
    invoice_date  TEXT NOT NULL,
    kind          TEXT NOT NULL,
    class         TEXT NOT NULL,
    cup           TEXT,
    cig           TEXT,
    net           BIGINT NOT NULL,
    vat           BIGINT NOT NULL,
    gross         BIGINT NOT NULL,
    payable       BIGINT NOT NULL,
    split_payment BIGINT NOT NULL CHECK (split_payment IN (0, 1)),
    order_id      TEXT REFERENCES orders (id),
    corrects      TEXT REFERENCES invoices (id),
    verdict       TEXT NOT NULL,
    findings      TEXT NOT NULL,
    version       BIGINT NOT NULL,
    received_at   BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    UNIQUE (content_sha256, position)
);
-- Double use is looked for in every programme and every Comune.
CREATE INDEX invoices_by_identity ON invoices (supplier, number, class);
CREATE INDEX invoices_by_comune ON invoices (programme, comune, received_at, id);
CREATE INDEX invoices_by_time ON invoices (programme, received_at, id);
CREATE INDEX invoices_by_order ON invoices (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX invoices_by_corrected ON invoices (corrects) WHERE corrects IS NOT NULL;
-- Orders that an invoice may belong to; live ones have their indexes.
CREATE INDEX orders_dead_cig ON orders (programme, comune, cig) WHERE live = 0 AND cig IS NOT NULL;
CREATE INDEX orders_dead_number ON orders (programme, comune, number) WHERE live = 0;

CREATE TRIGGER invoice_files_are_kept BEFORE DELETE ON invoice_files BEGIN SELECT RAISE(ABORT, 'files of invoices are kept'); END;
CREATE TRIGGER invoice_files_stay_as_they_came BEFORE UPDATE OF content_sha256, sha256, file, received_at ON invoice_files BEGIN SELECT RAISE(ABORT, 'files of invoices stay as they came'); END;
CREATE TRIGGER invoices_are_kept BEFORE DELETE ON invoices BEGIN SELECT RAISE(ABORT, 'invoices are kept'); END;
