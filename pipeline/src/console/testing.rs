//! Stores for tests and benchmarks: SQLite in a temporary folder, PostgreSQL from Debian's package.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A PostgreSQL in a temporary folder. It goes away when this is dropped, or the process ends in whatever way.
#[derive(Debug)]
pub struct LocalPostgres {
    /// Its standard input holds it: at the end of that it stops and removes its folder.
    server: Child,
    folder: PathBuf,
}

impl LocalPostgres {
    /// Starts one by `scripts/postgres.sh` of the repository `root`; `None` where PostgreSQL is not installed.
    ///
    /// # Panics
    /// Where it is installed and does not start.
    pub fn start(root: &Path, settings: &[&str]) -> Option<LocalPostgres> {
        let mut server = Command::new(root.join("scripts/postgres.sh"))
            .args(settings)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("scripts/postgres.sh runs");
        let mut line = String::new();
        let out = server.stdout.take().expect("its output is piped");
        BufReader::new(out).read_line(&mut line).expect("its output can be read");
        if line.trim().is_empty() {
            let code = server.wait().expect("it can be waited for").code();
            assert_eq!(code, Some(3), "PostgreSQL is installed and does not start");
            return None;
        }
        Some(LocalPostgres { server, folder: PathBuf::from(line.trim()) })
    }

    /// The address of one of its databases.
    pub fn address(&self, database: &str) -> String {
        format!("postgres://streetwatch@localhost/{database}?host={}", self.folder.display())
    }

    /// Makes a database; its address.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn database(&self, name: &str) -> String {
        use sqlx::{Connection, Executor};
        let mut connection = sqlx::PgConnection::connect(&self.address("postgres")).await.expect("the server answers");
        let statement = format!("CREATE DATABASE {name}");
        connection.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(statement))).await.expect("a database is made");
        connection.close().await.expect("the connection closes");
        self.address(name)
    }
}

impl Drop for LocalPostgres {
    fn drop(&mut self) {
        drop(self.server.stdin.take());
        let _it_is_gone_either_way = self.server.wait();
    }
}

#[cfg(test)]
pub(crate) use for_tests::*;

#[cfg(test)]
mod for_tests {
    use super::LocalPostgres;
    use crate::clock::SimulatedClock;
    use crate::codes::ClassTable;
    use crate::console::desk::{Desk, DeskSettings};
    use crate::console::people::{Actor, Role};
    use crate::console::project::Intake;
    use crate::console::store::{Scope, Store};
    use crate::log::{Position, Stored, Topic};
    use crate::payload::{Candidate, CloudEvent, Verdict, examples};
    use jiff::tz::TimeZone;
    use std::path::Path;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, LazyLock};
    use uuid::Uuid;

    static POSTGRES: LazyLock<Option<LocalPostgres>> = LazyLock::new(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository");
        let server = LocalPostgres::start(root, &["fsync=off", "max_connections=400"]);
        if server.is_none() {
            eprintln!("PostgreSQL is not installed: tested on SQLite only; scripts/setup.sh test installs it");
        }
        server
    });

    /// Runs a test on an empty store of each kind, one after the other.
    pub fn on_both<F: Future<Output = ()>>(test: impl Fn(Store) -> F) {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let folder = tempfile::tempdir().expect("a folder");
            let address = format!("sqlite:{}", folder.path().join("console.db").display());
            let store = Store::open(&address).await.expect("SQLite opens");
            test(store.clone()).await;
            store.close().await;
            if let Some(server) = POSTGRES.as_ref() {
                let name = format!("t{}", NUMBER.fetch_add(1, Ordering::Relaxed));
                let store = Store::open(&server.database(&name).await).await.expect("PostgreSQL opens");
                test(store.clone()).await;
                store.close().await;
            }
        });
    }

    /// A desk at ten minutes past eight, and its clock.
    pub fn desk(store: &Store) -> (Desk, Arc<SimulatedClock>) {
        let clock = Arc::new(SimulatedClock::starting_at(examples::after_eight(600).event_time()));
        let settings = DeskSettings {
            city: "demo".into(),
            timezone: TimeZone::get("Asia/Shanghai").expect("a zone"),
            codes: Arc::new(ClassTable::open("gbt-47678.5-2026").expect("a table")),
            claim: 120_000,
            second_percent: 100.0,
        };
        (Desk::new(store.clone(), clock.clone(), settings), clock)
    }

    /// A person who sees all of the city.
    pub fn actor(login: &str, role: Role) -> Actor {
        Actor {
            id: format!("u-{login}"),
            login: login.into(),
            name: login.to_uppercase(),
            role,
            scope: Scope::everything(),
            address: "127.0.0.1".into(),
        }
    }

    /// The candidate number `n`: raised `n` seconds after eight, with an id of its own, far from the others.
    pub fn candidate(n: u32) -> Candidate {
        Candidate {
            id: Uuid::from_u128(0xa000_0000 + u128::from(n)),
            first_seen: examples::after_eight(i64::from(n)),
            raised_at: examples::after_eight(i64::from(n) + 180),
            last_seen: examples::after_eight(i64::from(n) + 180),
            zone: format!("z-{n}"),
            ..examples::candidate()
        }
    }

    /// A record as it lies on a topic.
    pub fn stored<T: serde::Serialize>(topic: Topic, key: &str, offset: i64, payload: &T) -> Stored {
        Stored {
            position: Position { topic, partition: 0, offset },
            time: examples::EIGHT,
            key: key.into(),
            payload: Some(serde_json::to_vec(payload).expect("serialises").into()),
            headers: Vec::new(),
        }
    }

    /// A candidate as the topic `dispatch` holds it.
    pub fn dispatched(offset: i64, candidate: &Candidate) -> Stored {
        stored(Topic::Dispatch, &candidate.camera, offset, &CloudEvent::candidate("demo", candidate.clone()))
    }

    /// A verdict as the topic `verdicts` holds it.
    pub fn said(offset: i64, verdict: &Verdict) -> Stored {
        let key = verdict.candidate.to_string();
        stored(Topic::Verdicts, &key, offset, &CloudEvent::verdict("demo", verdict.clone()))
    }

    /// Puts candidates into a store, in a topic that held nothing before.
    pub async fn put(store: &Store, candidates: &[Candidate]) {
        let records: Vec<Stored> = candidates.iter().enumerate().map(|(i, c)| dispatched(i as i64, c)).collect();
        let taken = Intake::new(store.clone()).take(Topic::Dispatch, &records).await.expect("taken");
        assert_eq!(taken.skipped, 0);
    }
}
