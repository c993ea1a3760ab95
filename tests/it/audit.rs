// SPDX-License-Identifier: EUPL-1.2
//! Whoever edits the store leaves traces: every kind of tampering is found and named.

use mepa_gateway::store::Store;
use sqlx::{Connection, SqliteConnection};

use crate::support::{TestApp, nth_order};

/// (what is done to the file, which check must find it).
const TAMPERINGS: [(&str, &str); 12] = [
    ("UPDATE audit SET detail = 'nothing' WHERE id = (SELECT MAX(id) FROM audit)", "audit_chain"),
    ("UPDATE audit SET actor = 'somebody' WHERE seq = 1", "audit_chain"),
    ("DELETE FROM audit WHERE id = (SELECT MAX(id) FROM audit)", "audit_chain"),
    ("DELETE FROM audit WHERE seq = 1", "audit_chain"),
    ("UPDATE audit SET at = at + 1 WHERE seq = 2", "audit_chain"),
    ("DELETE FROM audit_head", "audit_chain"),
    ("UPDATE journal SET amount = amount + 1 WHERE kind = 'reservation'", "balances_equal_journal"),
    ("DELETE FROM journal WHERE kind = 'reservation'", "balances_equal_journal"),
    ("UPDATE participation SET reserved = reserved - 1 WHERE reserved > 0", "balances_equal_journal"),
    ("UPDATE orders SET reserved = reserved + 1 WHERE live = 1", "holdings_equal_live_orders"),
    ("DELETE FROM outbox", "every_accepted_order_is_handed_over_once"),
    ("UPDATE purchase_total SET net = net + 1", "purchase_sums_equal_live_orders"),
];

#[tokio::test]
async fn every_tampering_is_found() {
    let test = TestApp::purchasing().await;
    for n in 0..3 {
        test.submit(&format!("k{n}"), &nth_order(n)).await;
    }
    let original = test.app.settings.store.path.clone();
    test.assert_whole().await;
    for (n, (tampering, finds_it)) in TAMPERINGS.into_iter().enumerate() {
        let copy = original.with_file_name(format!("copy-{n}.db"));
        let mut connection =
            SqliteConnection::connect(&format!("sqlite:{}", original.display())).await.unwrap();
        let into = format!("VACUUM INTO '{}'", copy.display());
        sqlx::query(sqlx::AssertSqlSafe(into)).execute(&mut connection).await.unwrap();
        let mut connection = SqliteConnection::connect(&format!("sqlite:{}", copy.display())).await.unwrap();
        let refused = sqlx::query(tampering).execute(&mut connection).await;
        let guarded = tampering.contains(" audit ") || tampering.contains(" journal ");
        assert_eq!(refused.is_err(), guarded, "append-only tables refuse to be edited: {tampering}");
        for trigger in [
            "journal_is_append_only_update",
            "journal_is_append_only_delete",
            "audit_is_append_only_update",
            "audit_is_append_only_delete",
        ] {
            sqlx::query(sqlx::AssertSqlSafe(format!("DROP TRIGGER {trigger}")))
                .execute(&mut connection)
                .await
                .unwrap();
        }
        if guarded {
            sqlx::query(tampering).execute(&mut connection).await.unwrap();
        }
        connection.close().await.unwrap();
        let found: Vec<_> = Store::open(&copy).await.unwrap().verify().await.unwrap();
        let bad: Vec<_> = found.iter().filter(|check| !check.is_ok()).map(|check| check.name).collect();
        assert!(bad.contains(&finds_it), "{tampering}: found by {bad:?}");
    }
}
