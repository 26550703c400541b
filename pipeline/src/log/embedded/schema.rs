//! The file of the embedded log: its tables, how it is opened, what its errors mean.
//!
//! ```text
//! topics(name, clean_up, first_offset, next_offset, bytes)
//! cameras, segments, readings, state, dispatch, verdicts, health, components:
//!     ("offset", key, time, payload, headers)
//! cameras_latest, state_latest, health_latest, components_latest(key, "offset"):
//!     where each key's last record lies
//! records: a view over all of them, with readable times
//! ```
//! `sqlite3 log.sqlite "select * from dispatch"` shows a topic.

use super::super::{ErrorKind, LogError, Topic};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Marks the file as ours ("swlg").
const APPLICATION_ID: i32 = 0x7377_6c67;
/// Version of the tables.
const FORMAT: i32 = 1;
/// How long a statement waits for somebody else's lock (a person in `sqlite3`, say).
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

/// The database's path in the log's directory.
pub(super) fn database(directory: &Path) -> PathBuf {
    directory.join("log.sqlite")
}

/// What the log knows of a topic beside its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TopicRow {
    pub first: i64,
    pub next: i64,
    /// Bytes of keys, payloads and headers.
    pub bytes: i64,
}

/// Opens the file for writing, creating it and its tables where they are missing.
pub(super) fn open_for_writing(directory: &Path, durable: bool, shown: &str) -> Result<Connection, LogError> {
    let explain = |e| explain(e, shown);
    let mut connection = Connection::open_with_flags(
        database(directory),
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(explain)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(explain)?;
    connection.set_prepared_statement_cache_capacity(64);
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(explain)?;
    if tables > 0 {
        check_format(&connection, shown)?;
    }
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(())).map_err(explain)?;
    // NORMAL survives the death of the process, FULL also that of the machine.
    connection.pragma_update(None, "synchronous", if durable { "full" } else { "normal" }).map_err(explain)?;
    // A thread of its own checkpoints; see `checkpoint`.
    connection.pragma_update(None, "wal_autocheckpoint", 0).map_err(explain)?;
    connection.pragma_update(None, "journal_size_limit", 64 << 20).map_err(explain)?;
    connection.pragma_update(None, "cache_size", -16_384).map_err(explain)?;
    if tables == 0 {
        create(&mut connection).map_err(explain)?;
    }
    add_topics(&mut connection).map_err(explain)?;
    Ok(connection)
}

/// Opens the file for reading, also while another process writes it.
pub(super) fn open_for_reading(directory: &Path, shown: &str) -> Result<Connection, LogError> {
    let connection = Connection::open_with_flags(
        database(directory),
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(|e| explain(e, shown))?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(|e| explain(e, shown))?;
    check_format(&connection, shown)?;
    Ok(connection)
}

fn check_format(connection: &Connection, shown: &str) -> Result<(), LogError> {
    let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let application = pragma("application_id").map_err(|e| explain(e, shown))?;
    let format = pragma("user_version").map_err(|e| explain(e, shown))?;
    let refuse = |message: String| Err(LogError::new(ErrorKind::NotALog, shown, message));
    if application != APPLICATION_ID {
        return refuse("log.sqlite is another program's database; give the log a directory of its own".into());
    }
    if format != FORMAT {
        return refuse(format!(
            "log.sqlite has format {format}, this version of streetwatch reads {FORMAT}; use the version that wrote it"
        ));
    }
    Ok(())
}

fn create(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(
        "CREATE TABLE topics (
            name TEXT PRIMARY KEY, clean_up TEXT NOT NULL,
            first_offset INTEGER NOT NULL, next_offset INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT;",
    )?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", FORMAT)?;
    transaction.commit()
}

/// Makes the tables of topics that the file lacks: all of a new one, in an
/// older one those that came later.
fn add_topics(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    let known: i64 = transaction.query_row("SELECT count(*) FROM topics", [], |row| row.get(0))?;
    if usize::try_from(known) == Ok(Topic::ALL.len()) {
        return Ok(());
    }
    let mut view = Vec::new();
    for topic in Topic::ALL {
        let name = topic.as_str();
        transaction.execute_batch(&format!(
            "CREATE TABLE IF NOT EXISTS {name} (
                \"offset\" INTEGER PRIMARY KEY, key TEXT NOT NULL, time INTEGER NOT NULL,
                payload ANY, headers TEXT) STRICT;"
        ))?;
        if topic.is_compacted() {
            // Not an index on the topic: keys that are written again and again would dirty a page each.
            transaction.execute_batch(&format!(
                "CREATE TABLE IF NOT EXISTS {name}_latest (key TEXT PRIMARY KEY, \"offset\" INTEGER NOT NULL)
                 STRICT, WITHOUT ROWID;"
            ))?;
        }
        let clean_up = if topic.is_compacted() { "compact" } else { "delete" };
        transaction.execute("INSERT OR IGNORE INTO topics VALUES (?1, ?2, 0, 0, 0)", (name, clean_up))?;
        view.push(format!(
            "SELECT '{name}' AS topic, \"offset\", strftime('%Y-%m-%dT%H:%M:%fZ', time / 1000.0, 'unixepoch') AS time,
             key, payload, headers FROM {name}"
        ));
    }
    let view = view.join(" UNION ALL ");
    transaction.execute_batch(&format!("DROP VIEW IF EXISTS records; CREATE VIEW records AS {view};"))?;
    transaction.commit()
}

/// The state of a topic as of the connection's current transaction.
pub(super) fn topic_row(connection: &Connection, topic: Topic) -> rusqlite::Result<TopicRow> {
    connection
        .prepare_cached("SELECT first_offset, next_offset, bytes FROM topics WHERE name = ?1")?
        .query_row([topic.as_str()], |row| Ok(TopicRow { first: row.get(0)?, next: row.get(1)?, bytes: row.get(2)? }))
}

/// Writes a topic's state; part of the caller's transaction.
pub(super) fn update_topic_row(connection: &Connection, topic: Topic, row: TopicRow) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE topics SET first_offset = ?2, next_offset = ?3, bytes = ?4 WHERE name = ?1")?
        .execute((topic.as_str(), row.first, row.next, row.bytes))?;
    Ok(())
}

/// Whether a topic's table or row is not there: the file is of an earlier version.
fn lacks_a_topic(error: &rusqlite::Error) -> bool {
    matches!(error, rusqlite::Error::QueryReturnedNoRows) || error.to_string().contains("no such table")
}

/// SQLite's error in our words.
pub(super) fn explain(error: rusqlite::Error, shown: &str) -> LogError {
    let (kind, hint) = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => (ErrorKind::NoRoom, "the disk is full; make room, then try again"),
        Some(ErrorCode::DatabaseCorrupt) => (
            ErrorKind::Corrupt,
            "log.sqlite is damaged; move it away, and `sqlite3 log.sqlite .recover` saves what it can",
        ),
        Some(ErrorCode::NotADatabase) => {
            (ErrorKind::NotALog, "log.sqlite is no database; give the log a directory of its own")
        }
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => (
            ErrorKind::NotWritable,
            "log.sqlite cannot be opened or written; check that the directory exists and is writable",
        ),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            (ErrorKind::Busy, "another program holds a lock on log.sqlite; close it or wait")
        }
        Some(ErrorCode::SystemIoFailure) => (ErrorKind::Io, "reading or writing log.sqlite failed; check the disk"),
        Some(ErrorCode::TooBig) => (ErrorKind::TooLarge, "the record is too large for SQLite"),
        _ if lacks_a_topic(&error) => (
            ErrorKind::MissingTopic,
            "the log is older than this topic, so nothing is on it; what writes the log next makes it",
        ),
        Some(_) => (ErrorKind::Internal, "unexpected answer of SQLite"),
        // No SQLite code: a column of another type than we write.
        None => (ErrorKind::Corrupt, "log.sqlite holds something that streetwatch did not write"),
    };
    LogError::new(kind, shown, format!("{hint} ({error})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_of_an_earlier_version_gets_the_topics_that_came_later_and_keeps_its_records() {
        let folder = tempfile::tempdir().expect("a folder");
        let connection = open_for_writing(folder.path(), false, "test").expect("a new log");
        connection
            .execute_batch(
                "INSERT INTO health VALUES (0, 'c-001', 0, NULL, NULL); DROP VIEW records;
                 DROP TABLE components; DROP TABLE components_latest; DELETE FROM topics WHERE name = 'components';",
            )
            .expect("an old log");
        drop(connection);
        let reading = open_for_reading(folder.path(), "test").expect("readable");
        let error = explain(topic_row(&reading, Topic::Components).expect_err("not there"), "test");
        assert_eq!(error.kind, ErrorKind::MissingTopic, "{error}");
        let connection = open_for_writing(folder.path(), false, "test").expect("opens");
        assert_eq!(topic_row(&connection, Topic::Components).expect("a row").next, 0);
        let records: i64 = connection.query_row("SELECT count(*) FROM records", [], |r| r.get(0)).expect("a view");
        assert_eq!(records, 1);
    }
}
