//! Processes with workers in them, and what their diaries say.

use crate::crew::{Diary, Model};
use crate::settings::Settings;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use streetwatch::clock::{Clock, SystemClock};
use streetwatch::cluster::{self, Parts, Status};
use streetwatch::config;
use streetwatch::log::Address;

const PART: &str = "BENCH_CITY_PART";

/// The part of a process that is one of workers: log, folder, first and last worker.
pub fn own_part() -> Option<Vec<String>> {
    let part = std::env::var(PART).ok()?;
    Some(part.split('\n').map(str::to_owned).collect())
}

/// Is workers until stdin ends.
pub fn be(part: &[String]) {
    let [log, folder, from, to] = part else { return };
    streetwatch_benches::warnings_only();
    let settings = Settings::of(log);
    let (Ok(from), Ok(to)) = (from.parse::<usize>(), to.parse::<usize>()) else { return };
    let stopping = Arc::<AtomicBool>::default();
    let workers: Vec<_> = (from..to).map(|n| worker(&settings, Path::new(folder), n, stopping.clone())).collect();
    let _until_it_ends = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
    stopping.store(true, Ordering::SeqCst);
    for worker in workers {
        if worker.join().is_err() {
            eprintln!("a worker's thread panicked");
        }
    }
}

fn worker(settings: &Settings, folder: &Path, n: usize, stopping: Arc<AtomicBool>) -> std::thread::JoinHandle<()> {
    let (settings, folder, id) = (settings.clone(), folder.to_owned(), settings.name(n));
    std::thread::spawn(move || {
        let outcome = (|| -> Result<u64, String> {
            let city = Arc::new(config::load_for_cluster(&folder.join("WORKER.toml")).map_err(|e| e.to_string())?);
            let Address::Kafka(address) = Address::parse(&settings.log).map_err(|e| e.to_string())? else {
                return Err("no Kafka".to_owned());
            };
            let diary = std::fs::File::create(folder.join(format!("{id}.diary"))).map_err(|e| e.to_string())?;
            let diary: Diary = Arc::new(Mutex::new(diary));
            let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
            let status = Arc::new(Status::new(clock.clone()));
            let (name, of) = (id.clone(), settings.clone());
            let crew: cluster::MakeCrew =
                Box::new(move |sink| Ok(Box::new(Model::start(&name, &of, diary.clone(), sink))));
            cluster::run(Parts { city, address, id: id.clone(), crew, devices: None, clock, status, stopping })
                .map_err(|e| e.to_string())
        })();
        if let Err(why) = outcome {
            eprintln!("{id}: {why}");
        }
    })
}

/// A process of workers. Killed when dropped.
pub struct Group {
    child: Mutex<Child>,
    diaries: Vec<(String, PathBuf)>,
    begun: Instant,
}

impl Group {
    /// Starts it.
    pub fn start(settings: &Settings, folder: &Path, workers: Range<usize>) -> Result<Group, String> {
        let part = format!("{}\n{}\n{}\n{}", settings.log, folder.display(), workers.start, workers.end);
        let this = std::env::current_exe().map_err(|e| e.to_string())?;
        let child = Command::new(this).env(PART, part).stdin(std::process::Stdio::piped()).spawn();
        let diary = |n| (settings.name(n), folder.join(format!("{}.diary", settings.name(n))));
        let child = Mutex::new(child.map_err(|e| e.to_string())?);
        Ok(Group { child, diaries: workers.map(diary).collect(), begun: Instant::now() })
    }

    /// SIGKILL.
    pub fn kill(&self) {
        if let Ok(mut child) = self.child.lock() {
            // It may have ended by itself; the figures show that.
            let _gone = (child.kill(), child.wait());
        }
    }

    /// An orderly end.
    pub fn end(&self) -> Result<(), String> {
        let mut child = self.child.lock().map_err(|e| e.to_string())?;
        drop(child.stdin.take());
        child.wait().map(|_| ()).map_err(|e| e.to_string())
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What the diaries say.
#[derive(Debug, Default)]
pub struct Seen {
    /// Which worker runs which camera.
    pub owners: BTreeMap<String, String>,
    /// How many cameras were begun.
    pub begun: usize,
    begun_by: BTreeMap<String, usize>,
    /// Seconds from handing on to the commit.
    pub delays: Vec<f64>,
    /// Bytes of records by topic.
    pub bytes: BTreeMap<String, f64>,
    /// Messages committed.
    pub messages: f64,
    /// Since the processes were started.
    pub seconds: f64,
}

impl Seen {
    /// The cameras of a worker.
    pub fn of_worker(&self, worker: &str) -> BTreeSet<String> {
        self.owners.iter().filter(|(_, w)| *w == worker).map(|(camera, _)| camera.clone()).collect()
    }

    /// Cameras begun by all but one.
    pub fn begun_without(&self, worker: &str) -> usize {
        self.begun - self.begun_by.get(worker).copied().unwrap_or(0)
    }

    /// What the cameras of each worker that runs any cost.
    pub fn loads(&self, costs: &BTreeMap<String, f64>) -> Vec<f64> {
        let mut loads: BTreeMap<&String, f64> = BTreeMap::new();
        for (camera, worker) in &self.owners {
            *loads.entry(worker).or_default() += costs.get(camera).copied().unwrap_or(0.0);
        }
        loads.into_values().collect()
    }
}

/// Reads all diaries.
pub fn look(groups: &[&Group]) -> Result<Seen, String> {
    let mut seen = Seen::default();
    // A camera that moved stands in two diaries, whose lines have no common order.
    let mut runs: BTreeMap<(String, String), i32> = BTreeMap::new();
    for group in groups {
        seen.seconds = seen.seconds.max(group.begun.elapsed().as_secs_f64());
        for (worker, diary) in &group.diaries {
            let Ok(text) = std::fs::read_to_string(diary) else { continue };
            for line in text.lines() {
                let words: Vec<&str> = line.split(' ').collect();
                match words.as_slice() {
                    ["begin", _, camera, _] => {
                        seen.begun += 1;
                        *seen.begun_by.entry(worker.clone()).or_default() += 1;
                        *runs.entry(((*camera).to_owned(), worker.clone())).or_default() += 1;
                    }
                    ["end", _, camera] => *runs.entry(((*camera).to_owned(), worker.clone())).or_default() -= 1,
                    ["said", _, _, topic, bytes, delay] => {
                        seen.messages += 1.0;
                        *seen.bytes.entry((*topic).to_owned()).or_default() += bytes.parse().unwrap_or(0.0);
                        seen.delays.push(delay.parse().unwrap_or(f64::NAN));
                    }
                    _ => {}
                }
            }
        }
    }
    seen.owners = runs.into_iter().filter(|(_, runs)| *runs > 0).map(|(of, _)| of).collect();
    Ok(seen)
}

/// Reads the diaries until they say what is wanted.
pub fn wait(groups: &[&Group], patience: Duration, wanted: impl Fn(&Seen) -> bool) -> Result<Seen, String> {
    let begun = Instant::now();
    loop {
        let seen = look(groups)?;
        if wanted(&seen) {
            return Ok(seen);
        }
        if begun.elapsed() > patience {
            return Err(format!("after {patience:?} only {} cameras run", seen.owners.len()));
        }
        std::thread::sleep(Duration::from_millis(250));
    }
}
