// SPDX-License-Identifier: EUPL-1.2
//! Who may call: bearer tokens, kept only as their SHA-256, each bound to one role and, for Comuni, to one Comune.

use chrono::{DateTime, Utc};

use crate::domain::istat::IstatCode;
use crate::domain::role::Role;

use super::audit::{Actor, Record};
use super::{Store, StoreError, Tx};

/// A client as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Random id.
    pub id: String,
    /// Name given by the operator.
    pub name: String,
    /// Its one role.
    pub role: Role,
    /// Its programme.
    pub programme: String,
    /// Its Comune; `None` for the programme office and operators.
    pub comune: Option<IstatCode>,
    /// SHA-256 of the token, hexadecimal.
    pub token_sha256: String,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// The chain of what concerns no Comune.
pub(super) const NO_COMUNE: &str = "-";

type ClientRow = (String, String, String, String, Option<String>, String, Option<i64>);

const COLUMNS: &str = "SELECT id, name, role, programme, comune, token_sha256, revoked_at FROM client";

fn client(row: ClientRow) -> Result<Client, StoreError> {
    let (id, name, role, programme, comune, token_sha256, revoked_at) = row;
    let bad = |column: &'static str, value: &str| StoreError::Inconsistent {
        table: "client",
        column,
        row: id.clone(),
        value: value.into(),
    };
    Ok(Client {
        role: Role::from_name(&role).ok_or_else(|| bad("role", &role))?,
        comune: comune.map(|code| code.parse().map_err(|_| bad("comune", &code))).transpose()?,
        revoked_at: super::participation::instant(revoked_at),
        id,
        name,
        programme,
        token_sha256,
    })
}

impl Store {
    /// The client whose token has that hash and is not revoked.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn client_by_token(&self, token_sha256: &str) -> Result<Option<Client>, StoreError> {
        let row: Option<ClientRow> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "{COLUMNS} WHERE token_sha256 = $1 AND revoked_at IS NULL"
        )))
        .bind(token_sha256)
        .fetch_optional(self.reads())
        .await?;
        row.map(client).transpose()
    }

    /// The client who holds a session that is not over, if it is not revoked.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn client_by_session(
        &self,
        secret_sha256: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Client>, StoreError> {
        let row: Option<ClientRow> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "{COLUMNS} WHERE id = (SELECT client FROM session WHERE secret_sha256 = $1 AND ends_at > $2) AND revoked_at IS NULL"
        )))
        .bind(secret_sha256)
        .bind(now.timestamp_micros())
        .fetch_optional(self.reads())
        .await?;
        row.map(client).transpose()
    }

    /// The client of that id, in force or not.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn client(&self, id: &str) -> Result<Option<Client>, StoreError> {
        let row: Option<ClientRow> = sqlx::query_as(sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE id = $1")))
            .bind(id)
            .fetch_optional(self.reads())
            .await?;
        row.map(client).transpose()
    }

    /// Every client, in the order of making.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn clients(&self) -> Result<Vec<Client>, StoreError> {
        let rows: Vec<ClientRow> =
            sqlx::query_as(sqlx::AssertSqlSafe(format!("{COLUMNS} ORDER BY created_at, id")))
                .fetch_all(self.reads())
                .await?;
        rows.into_iter().map(client).collect()
    }
}

impl Tx {
    /// Adds a client and writes it down in the chain of its Comune.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn add_client(
        &mut self,
        client: &Client,
        actor: &Actor,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO client (id, name, role, programme, comune, token_sha256, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(&client.id)
        .bind(&client.name)
        .bind(client.role.as_str())
        .bind(&client.programme)
        .bind(client.comune.as_ref().map(IstatCode::as_str))
        .bind(&client.token_sha256)
        .bind(at.timestamp_micros())
        .execute(&mut self.connection)
        .await?;
        let row = self.client_seal(&client.id).await?;
        let detail = format!("programme={} role={} row={row}", client.programme, client.role.as_str());
        let chain = client.comune.as_ref().map_or_else(|| NO_COMUNE.to_owned(), ToString::to_string);
        self.audit(&[client_record(chain, "client.added", &client.id, detail, actor, at)]).await
    }

    /// Revokes a client by id and writes it down. False when there is no such client in force.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn revoke_client(
        &mut self,
        id: &str,
        actor: &Actor,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let updated = sqlx::query("UPDATE client SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL")
            .bind(at.timestamp_micros())
            .bind(id)
            .execute(&mut self.connection)
            .await?;
        if updated.rows_affected() != 1 {
            return Ok(false);
        }
        let row = self.client_seal(id).await?;
        let detail = format!("row={row}");
        self.audit(&[client_record(NO_COMUNE.into(), "client.revoked", id, detail, actor, at)]).await?;
        Ok(true)
    }
}

fn client_record(
    chain: String,
    action: &'static str,
    id: &str,
    detail: String,
    actor: &Actor,
    at: DateTime<Utc>,
) -> Record {
    Record { chain, at, actor: actor.clone(), action, subject: id.into(), detail }
}
