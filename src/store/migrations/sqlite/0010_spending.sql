-- SPDX-License-Identifier: EUPL-1.2
-- What became of the money that orders hold: covered by invoices, paid. The rest of what a sent order holds is committed.

-- Both as in `participation`: what is paid is not in `invoiced`.
ALTER TABLE orders ADD COLUMN invoiced BIGINT NOT NULL DEFAULT 0 CHECK (invoiced >= 0);
ALTER TABLE orders ADD COLUMN paid BIGINT NOT NULL DEFAULT 0 CHECK (paid >= 0 AND invoiced + paid <= live * reserved);
-- When a live order died.
ALTER TABLE orders ADD COLUMN ended_at BIGINT CHECK (ended_at IS NULL OR live = 0);
UPDATE orders SET ended_at = updated_at WHERE live = 0 AND reserved > 0;

-- Orders whose money documents may move.
CREATE INDEX orders_sent ON orders (programme, comune) WHERE state IN ('sent', 'supplier_accepted', 'revocation_proposed');

-- Up to which record of a Comune's audit chain its documents are booked: where the chain is longer, something has happened.
CREATE TABLE spending_booked (
    programme     TEXT NOT NULL,
    comune        TEXT NOT NULL,
    audit_seq     BIGINT NOT NULL,
    PRIMARY KEY (programme, comune)
);
