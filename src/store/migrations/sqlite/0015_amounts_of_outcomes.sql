-- SPDX-License-Identifier: EUPL-1.2
-- How much of an order the bank said it paid or took back, in cents; empty where it did not say, or said it before this column
-- was here.

ALTER TABLE payment_outcomes ADD COLUMN amount BIGINT;
