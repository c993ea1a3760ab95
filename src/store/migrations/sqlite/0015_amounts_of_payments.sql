-- SPDX-License-Identifier: EUPL-1.2
-- What the bank says it paid is held against what was ordered. Cents; empty where the document does not say, or was read before
-- these columns were here.

-- How much of an order an outcome is about.
ALTER TABLE payment_outcomes ADD COLUMN amount BIGINT;
-- What the position comes to of which this is a part, and what is withheld of it.
ALTER TABLE payment_parts ADD COLUMN position_amount BIGINT;
ALTER TABLE payment_parts ADD COLUMN withheld BIGINT;

-- Whether a message of the bank, its journal or a list tells something depends on the kind of the document.
CREATE TRIGGER payment_files_stay BEFORE UPDATE ON payment_files BEGIN SELECT RAISE(ABORT, 'documents of payments stay as they came'); END;
