//! The same migrations on both databases, each applied once, in one transaction.

use super::{Dialect, Sql, Store, StoreError};
use sqlx::Row;

/// In order. A new one is added at the end; one that was ever released is never changed.
const MIGRATIONS: &[(&str, &str)] = &[
    ("0001_console", include_str!("migrations/0001_console.sql")),
    ("0002_people", include_str!("migrations/0002_people.sql")),
    ("0003_cameras", include_str!("migrations/0003_cameras.sql")),
    ("0004_tracks", include_str!("migrations/0004_tracks.sql")),
];

/// Any number; the same in every process, so that two starting at once do not migrate together.
const POSTGRES_LOCK: i64 = 0x5354_5745_4154;

/// Brings the store up to this version.
pub(super) async fn migrate(store: &Store) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    if store.dialect() == Dialect::Postgres {
        let mut lock = Sql::new("SELECT pg_advisory_xact_lock(");
        lock.bind(POSTGRES_LOCK).push(")::text");
        lock.all(&mut *tx).await?;
    }
    Sql::new("CREATE TABLE IF NOT EXISTS migrations (name TEXT NOT NULL PRIMARY KEY)").run(&mut *tx).await?;
    let mut done = Vec::new();
    for row in Sql::new("SELECT name FROM migrations ORDER BY name").all(&mut *tx).await? {
        done.push(row.try_get::<String, _>(0)?);
    }
    if let Some(found) = done.iter().find(|name| !MIGRATIONS.iter().any(|(known, _)| known == name)) {
        return Err(StoreError::Newer { shown: store.shown().to_owned(), found: found.clone() });
    }
    for &(name, text) in MIGRATIONS.iter().filter(|(name, _)| !done.iter().any(|d| d == name)) {
        for (i, statement) in statements(text, store.dialect()).enumerate() {
            Sql::new(statement).run(&mut *tx).await.map_err(|error| match error {
                StoreError::Query(source) => StoreError::Migration { name, statement: i + 1, source },
                other => other,
            })?;
        }
        let mut row = Sql::new("INSERT INTO migrations (name) VALUES (");
        row.bind(name).push(")");
        row.run(&mut *tx).await?;
        tracing::info!(migration = name, "console store: migrated");
    }
    tx.commit().await?;
    Ok(())
}

/// The statements of a migration that are meant for this database.
fn statements(text: &str, dialect: Dialect) -> impl Iterator<Item = &str> {
    let other = match dialect {
        Dialect::Sqlite => "-- only postgres",
        Dialect::Postgres => "-- only sqlite",
    };
    text.split("\n\n").map(str::trim).filter(move |statement| {
        let only_comments = statement.lines().all(|line| line.trim().is_empty() || line.starts_with("--"));
        !only_comments && !statement.starts_with(other)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_migration_is_split_at_blank_lines_and_the_other_databases_statements_are_left_out() {
        let text = "-- about it\n\nCREATE TABLE a (x TEXT)\n\n-- only sqlite\nONE\n\n-- only postgres\nTWO\n";
        assert_eq!(
            statements(text, Dialect::Sqlite).collect::<Vec<_>>(),
            ["CREATE TABLE a (x TEXT)", "-- only sqlite\nONE"]
        );
        assert_eq!(
            statements(text, Dialect::Postgres).collect::<Vec<_>>(),
            ["CREATE TABLE a (x TEXT)", "-- only postgres\nTWO"]
        );
    }

    #[test]
    fn migrations_have_names_in_ascending_order() {
        assert!(MIGRATIONS.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
