//! The console's store: SQLite or PostgreSQL behind one set of queries. Nothing else talks SQL.
//!
//! It is a view of the topics, never the truth: `streetwatch console rebuild` empties the tables that
//! the topics fill and reads them again. What no topic holds (users, sessions, the audit log, claims, verdicts that the
//! log has not acknowledged) lies in tables of its own that a rebuild leaves alone.
//!
//! Where the two databases differ: SQLite has one writer (a pool of one connection, `BEGIN IMMEDIATE`) and
//! many readers; PostgreSQL locks rows ([`Store::for_update`]). All else is the same text.

mod audit;
mod cameras;
#[cfg(test)]
mod cameras_tests;
mod error;
mod migrate;
mod people;
#[cfg(test)]
mod people_tests;
mod places;
mod pulse;
mod scope;
mod sessions;
mod sql;
#[cfg(test)]
mod tests;

pub use audit::Audit;
pub(crate) use cameras::remember_health;
pub use cameras::{NewSetting, OfCamera, PastHealth, Pictured, SettingRow};
pub use error::StoreError;
pub use people::{NewUserRow, SessionRow};
pub use places::CameraRow;
pub use scope::{DISTRICT_DIGITS, Scope, district_of};
pub use sql::{Sql, Value};

use sqlx::any::AnyPoolOptions;
use sqlx::{Any, AnyPool, Transaction};
use std::path::Path;
use std::sync::{Arc, Once};
use std::time::Duration;
use tokio::sync::watch;

/// Connections for reading on SQLite, and all connections on PostgreSQL.
const CONNECTIONS: u32 = 16;
/// How long a query may wait for a connection before it fails.
const WAIT: Duration = Duration::from_secs(10);

/// A transaction of the store. Dropped without [`Tx::commit`](Transaction::commit) it leaves nothing.
pub type Tx = Transaction<'static, Any>;

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

/// The console's store. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    dialect: Dialect,
    shown: String,
    read: AnyPool,
    write: AnyPool,
    /// The number of the last change that was committed here.
    changed: watch::Sender<i64>,
}

impl Store {
    /// Opens a store, made where it is missing, and brings its tables up to this version.
    /// `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/DATABASE`.
    ///
    /// # Errors
    /// See [`StoreError`]; the message says what to do and holds no password.
    pub async fn open(address: &str) -> Result<Store, StoreError> {
        static DRIVERS: Once = Once::new();
        DRIVERS.call_once(sqlx::any::install_default_drivers);
        let shown = shown(address);
        let refuse = |why: &str| StoreError::Address { shown: shown.clone(), why: why.to_owned() };
        let (dialect, url) = match address.split_once(':') {
            Some(("sqlite", "" | "//")) => return Err(refuse("the file is missing")),
            Some(("sqlite", path)) if path.contains(['?', '#', '%', '\0']) => {
                return Err(refuse("the file's name holds one of ? # %"));
            }
            Some(("sqlite", path)) => {
                let path = path.trim_start_matches("//");
                make_file(Path::new(path)).await.map_err(|e| refuse(&format!("it cannot be written ({e})")))?;
                (Dialect::Sqlite, format!("sqlite:{path}?mode=rwc"))
            }
            Some(("postgres" | "postgresql", rest)) if rest.starts_with("//") => {
                (Dialect::Postgres, address.to_owned())
            }
            _ => return Err(refuse("is neither")),
        };
        let open = |source| StoreError::Open { shown: shown.clone(), source };
        let pool = |connections| {
            AnyPoolOptions::new().max_connections(connections).acquire_timeout(WAIT).after_connect(
                move |connection, _| {
                    Box::pin(async move {
                        if dialect == Dialect::Sqlite {
                            // FULL: a decision that was answered is on the disk, also when the power goes.
                            let pragmas = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                                           PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY; \
                                           PRAGMA mmap_size = 268435456";
                            sqlx::raw_sql(pragmas).execute(&mut *connection).await?;
                        } else {
                            // A common word and a rare one want different plans.
                            let plans = "SET plan_cache_mode = force_custom_plan";
                            sqlx::raw_sql(plans).execute(&mut *connection).await?;
                        }
                        Ok(())
                    })
                },
            )
        };
        let write = pool(if dialect == Dialect::Sqlite { 1 } else { CONNECTIONS }).connect(&url).await.map_err(open)?;
        let read = match dialect {
            Dialect::Sqlite => pool(CONNECTIONS).connect(&url).await.map_err(open)?,
            Dialect::Postgres => write.clone(),
        };
        let store = Store { inner: Arc::new(Inner { dialect, shown, read, write, changed: watch::Sender::new(0) }) };
        migrate::migrate(&store).await?;
        store.inner.changed.send_replace(store.change().await?);
        Ok(store)
    }

    /// Which database it is.
    pub fn dialect(&self) -> Dialect {
        self.inner.dialect
    }

    /// Its address without what may be secret.
    pub fn shown(&self) -> &str {
        &self.inner.shown
    }

    /// Where queries that only read run.
    pub fn reader(&self) -> &AnyPool {
        &self.inner.read
    }

    /// Begins a transaction that may write.
    ///
    /// # Errors
    /// When no connection is free in time, or the database is away.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(match self.inner.dialect {
            Dialect::Sqlite => self.inner.write.begin_with("BEGIN IMMEDIATE").await?,
            Dialect::Postgres => self.inner.write.begin().await?,
        })
    }

    /// What follows a SELECT whose rows this transaction will change.
    /// On SQLite nothing: its one writer holds the whole file.
    pub fn for_update(&self) -> &'static str {
        match self.inner.dialect {
            Dialect::Sqlite => "",
            Dialect::Postgres => " FOR UPDATE",
        }
    }

    /// A column that must not choose the index. SQLite does not know how many rows a condition lets through, and takes
    /// what a plus stands before out of the choice; PostgreSQL counts.
    pub(crate) fn unindexed(&self, column: &str) -> String {
        match self.inner.dialect {
            Dialect::Sqlite => format!("+{column}"),
            Dialect::Postgres => column.to_owned(),
        }
    }

    /// Counts what lies where, for the database's choice of indexes. After many rows came at once.
    ///
    /// # Errors
    /// What the database says.
    pub async fn analyze(&self) -> Result<(), StoreError> {
        // SQLite's choices are made without counts, and always the same.
        if self.inner.dialect == Dialect::Postgres {
            for table in ["candidates", "candidate_data", "decisions", "cameras", "claims"] {
                let mut sql = Sql::new("ANALYZE ");
                sql.push(table);
                sql.run(&self.inner.write).await?;
            }
        }
        Ok(())
    }

    /// Adds the condition that a column holds a word somewhere. PostgreSQL has an index of three letters each for it,
    /// where its extension `pg_trgm` can be had; SQLite looks along the queue's index.
    pub(crate) fn contains(&self, sql: &mut Sql, column: &str, word: &str) {
        match self.inner.dialect {
            Dialect::Sqlite => sql.push("instr(").push(column).push(", ").bind(word).push(") > 0"),
            Dialect::Postgres => {
                let escaped = word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
                sql.push(column).push(" LIKE ").bind(format!("%{escaped}%"))
            }
        };
    }

    /// The number of the last change of the view. Grows with every change that a page may show.
    ///
    /// # Errors
    /// What the database says.
    pub async fn change(&self) -> Result<i64, StoreError> {
        Sql::new("SELECT value FROM counters WHERE name = 'change'").number(self.reader()).await
    }

    /// Wakes up after every change that this process made. Other processes' changes are seen by asking
    /// [`Store::change`].
    pub fn changes(&self) -> watch::Receiver<i64> {
        self.inner.changed.subscribe()
    }

    /// Takes the number of this transaction's change and marks the candidates that it touched. The counter's row
    /// stays locked until the transaction ends, so numbers are committed in order: call this last.
    pub(crate) async fn stamp(&self, tx: &mut Tx, candidates: &[String]) -> Result<i64, StoreError> {
        let mut sql = Sql::new("UPDATE counters SET value = value + 1 WHERE name = ");
        sql.bind("change").push(" RETURNING value");
        let change = sql.number(&mut **tx).await?;
        for some in candidates.chunks(500) {
            let mut sql = Sql::new("UPDATE candidates SET changed = ");
            sql.bind(change).push(", arrival = CASE WHEN arrival = 0 THEN ").bind(change);
            sql.push(" ELSE arrival END WHERE id").within(some.iter().map(String::as_str));
            sql.run(&mut **tx).await?;
        }
        Ok(change)
    }

    /// Commits a stamped transaction and tells who waits for changes.
    pub(crate) async fn commit(&self, tx: Tx, change: i64) -> Result<(), StoreError> {
        tx.commit().await?;
        self.inner.changed.send_if_modified(|seen| {
            let newer = change > *seen;
            *seen = change.max(*seen);
            newer
        });
        Ok(())
    }

    /// Closes every connection; what was committed stays.
    pub async fn close(&self) {
        self.inner.read.close().await;
        self.inner.write.close().await;
    }
}

/// Makes the file for its owner only: it holds people's names and what stands for their passwords.
async fn make_file(file: &Path) -> std::io::Result<()> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        tokio::fs::create_dir_all(folder).await?;
    }
    tokio::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(file).await.map(drop)
}

/// The address without user, password and options.
fn shown(address: &str) -> String {
    let plain = address.split(['?', '#']).next().unwrap_or_default();
    match plain.split_once("://") {
        Some((scheme, rest)) => {
            let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
            format!("{scheme}://{place}")
        }
        None => plain.to_owned(),
    }
}
