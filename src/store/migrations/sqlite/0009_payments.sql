-- SPDX-License-Identifier: EUPL-1.2
-- Orders of payment and what the bank said of them, part by part; and what people decided about what belongs together.

-- A document that a Comune took in, known by its content: a list of mandati does not say whose it is, so the same one may come
-- under the wrong Comune first. One of SIOPE+ lies in `opi_documents` and has no bytes here.
CREATE TABLE payment_files (
    programme     TEXT NOT NULL,
    comune        TEXT NOT NULL,
    sha256        TEXT NOT NULL,
    kind          TEXT NOT NULL,
    origin        TEXT NOT NULL CHECK (origin IN ('api', 'siope', 'import')),
    file_name     TEXT,
    received_at   BIGINT NOT NULL,
    file          BLOB,
    PRIMARY KEY (programme, comune, sha256)
);

CREATE TABLE payment_parts (
    programme     TEXT NOT NULL,
    comune        TEXT NOT NULL,
    sha256        TEXT NOT NULL,
    seq           BIGINT NOT NULL,
    exercise      BIGINT NOT NULL,
    mandato       BIGINT NOT NULL,
    progressive   BIGINT NOT NULL,
    part          BIGINT NOT NULL,
    written_at    BIGINT NOT NULL,
    operation     TEXT NOT NULL,
    replaces      TEXT,
    mandato_date  TEXT NOT NULL,
    supplier      TEXT NOT NULL,
    payee         TEXT NOT NULL,
    amount        BIGINT NOT NULL,
    debt          TEXT NOT NULL,
    cup           TEXT,
    cig           TEXT,
    sdi_id        BIGINT,
    invoice_number TEXT,
    invoice_year  BIGINT,
    iban          TEXT,
    received_at   BIGINT NOT NULL,
    PRIMARY KEY (programme, comune, sha256, seq),
    FOREIGN KEY (programme, comune, sha256) REFERENCES payment_files (programme, comune, sha256)
);

CREATE TABLE payment_outcomes (
    programme     TEXT NOT NULL,
    comune        TEXT NOT NULL,
    sha256        TEXT NOT NULL,
    seq           BIGINT NOT NULL,
    exercise      BIGINT NOT NULL,
    mandato       BIGINT NOT NULL,
    progressive   BIGINT,
    kind          TEXT NOT NULL,
    said_at       BIGINT NOT NULL,
    received_at   BIGINT NOT NULL,
    PRIMARY KEY (programme, comune, sha256, seq),
    FOREIGN KEY (programme, comune, sha256) REFERENCES payment_files (programme, comune, sha256)
);

-- A person said that two documents belong together, or do not. Each decision is a row; the last one about a pair holds.
CREATE TABLE match_decisions (
    id            INTEGER PRIMARY KEY,
    programme     TEXT NOT NULL,
    comune        TEXT NOT NULL,
    from_document TEXT NOT NULL,
    to_document   TEXT NOT NULL,
    verdict       TEXT NOT NULL CHECK (verdict IN ('link', 'unlink', 'undecided')),
    amount        BIGINT,
    reason        TEXT NOT NULL,
    decided_by    TEXT NOT NULL,
    decided_at    BIGINT NOT NULL
);
CREATE INDEX match_decisions_by_comune ON match_decisions (programme, comune);

CREATE TRIGGER payment_files_are_kept BEFORE DELETE ON payment_files BEGIN SELECT RAISE(ABORT, 'documents of payments are kept'); END;
CREATE TRIGGER payment_parts_are_kept BEFORE DELETE ON payment_parts BEGIN SELECT RAISE(ABORT, 'parts of payments are kept'); END;
CREATE TRIGGER payment_parts_stay BEFORE UPDATE ON payment_parts BEGIN SELECT RAISE(ABORT, 'parts of payments stay as they came'); END;
CREATE TRIGGER payment_outcomes_are_kept BEFORE DELETE ON payment_outcomes BEGIN SELECT RAISE(ABORT, 'outcomes of payments are kept'); END;
CREATE TRIGGER payment_outcomes_stay BEFORE UPDATE ON payment_outcomes BEGIN SELECT RAISE(ABORT, 'outcomes of payments stay as they came'); END;
CREATE TRIGGER match_decisions_are_kept BEFORE DELETE ON match_decisions BEGIN SELECT RAISE(ABORT, 'decisions are kept'); END;
CREATE TRIGGER match_decisions_stay BEFORE UPDATE ON match_decisions BEGIN SELECT RAISE(ABORT, 'decisions stay as they were taken'); END;
