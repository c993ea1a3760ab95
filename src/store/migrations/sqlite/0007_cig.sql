-- SPDX-License-Identifier: EUPL-1.2
-- What ANAC said of the CIG of an order, point by point, when it was last asked.
CREATE TABLE cig_checks (
    order_id      TEXT PRIMARY KEY REFERENCES orders (id),
    cig           TEXT NOT NULL,
    points        TEXT NOT NULL,
    checked_at    BIGINT NOT NULL
);
