// SPDX-License-Identifier: EUPL-1.2
//! The audit records by what they are about. The table has no index for that, since it would make every order dearer: the
//! check makes one for itself, in memory.

use sqlx::SqliteConnection;

use crate::store::StoreError;

use super::PAGE;

/// Sorts after every id there is.
pub(super) const AFTER_ALL: &str = "\u{10ffff}";

/// Made once, used by the checks that follow.
const INDEXES: [&str; 4] = [
    "CREATE TEMP TABLE trail (subject TEXT NOT NULL, record INTEGER NOT NULL, PRIMARY KEY (subject, record)) WITHOUT ROWID",
    "INSERT INTO trail SELECT subject, id FROM audit ORDER BY subject, id",
    "CREATE TEMP TABLE filed (order_id TEXT NOT NULL, filing INTEGER NOT NULL, PRIMARY KEY (order_id, filing)) WITHOUT ROWID",
    "INSERT INTO filed SELECT order_id, rowid FROM declaration_on_file ORDER BY order_id, rowid",
];

pub(super) async fn index(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    for statement in INDEXES {
        sqlx::query(statement).execute(&mut *connection).await?;
    }
    Ok(())
}

/// A record, as far as rows are compared with it.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) chain: String,
    pub(super) at: i64,
    pub(super) action: String,
    pub(super) subject: String,
    detail: String,
}

impl Told {
    /// The value of a word of the detail; the first one counts, since what others have given comes later.
    pub(super) fn word(&self, key: &str) -> Option<&str> {
        word(&self.detail, key)
    }
}

/// The value of a word in a detail.
pub(super) fn word<'d>(detail: &'d str, key: &str) -> Option<&'d str> {
    detail.split(' ').find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
}

/// Gives every record of a family of actions about a subject after one and up to another, in their order.
pub(super) async fn records(
    connection: &mut SqliteConnection,
    (after, upto): (&str, &str),
    family: &str,
    mut each: impl FnMut(Told),
) -> Result<(), StoreError> {
    let (mut subject, mut record) = (after.to_owned(), i64::MAX);
    loop {
        let page: Vec<(i64, String, i64, String, String, String)> = sqlx::query_as(
            "SELECT audit.id, chain, at, action, audit.subject, detail FROM trail
             CROSS JOIN audit ON audit.id = trail.record
             WHERE (trail.subject, trail.record) > ($1, $2) AND trail.subject <= $3
             AND action >= $4 || '.' AND action < $4 || '/' ORDER BY trail.subject, trail.record LIMIT $5",
        )
        .bind(&subject)
        .bind(record)
        .bind(upto)
        .bind(family)
        .bind(PAGE)
        .fetch_all(&mut *connection)
        .await?;
        let Some(last) = page.last() else { break };
        (record, subject) = (last.0, last.4.clone());
        for (_, chain, at, action, subject, detail) in page {
            each(Told { chain, at, action, subject, detail });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn the_first_word_of_a_key_counts() {
        let detail = "row=a narrow=b reason=c row=d";
        assert_eq!(
            (word(detail, "row"), word(detail, "narrow"), word(detail, "ro")),
            (Some("a"), Some("b"), None)
        );
    }
}
