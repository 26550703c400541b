//! The console's store at 100,000 candidates, on SQLite and on PostgreSQL: how long a page of the queue and a candidate
//! take, and whether fifty reviewers who decide at once lose a decision or make one twice.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use streetwatch::clock::SystemClock;
use streetwatch::codes::ClassTable;
use streetwatch::console::desk::{Desk, DeskSettings, DeskState, Filter, Order, Place, Refused};
use streetwatch::console::people::{Actor, Role};
use streetwatch::console::project::{Follower, Intake, Publisher};
use streetwatch::console::store::{Scope, Store};
use streetwatch::console::testing::LocalPostgres;
use streetwatch::log::embedded::{EmbeddedLog, Options};
use streetwatch::log::{Log, Position, Start, Stored, Topic};
use streetwatch::payload::{
    Action, Candidate, CloudEvent, EvidenceItem, EvidenceKind, ModelRef, Object, OffsetTime, RejectReason, State,
    Verdict,
};
use streetwatch_benches::report::{Report, Spread, Target};
use streetwatch_benches::{places, quick, warnings_only};
use uuid::Uuid;

const CAMERAS: u64 = 400;
const DISTRICTS: u64 = 8;
const REVIEWERS: usize = 50;
const RULES: [(&str, &str, &str); 4] = [
    ("illegal-parking", "09009", "机动车乱停放"),
    ("street-vending", "09001", "无照经营游商"),
    ("bin-overflow", "06042", "垃圾满冒"),
    ("muck-truck", "08011", "渣土车未密闭"),
];

/// A candidate as a city of 400 cameras raises them, one a minute.
fn candidate(n: u64, rng: &mut StdRng, first: OffsetTime) -> Candidate {
    let camera = rng.random_range(0..CAMERAS);
    let (rule, class_code, class_name) = RULES[rng.random_range(0..RULES.len())];
    let began = first.with_time(first.event_time().plus(n as i64 * 60_000));
    let raised = began.with_time(began.event_time().plus(180_000));
    let at = |kind, name: &str| EvidenceItem {
        kind,
        at: raised,
        uri: format!("file:///srv/evidence/2026/06/c-{camera:03}/{n}/{name}"),
        sha256: "0".repeat(64),
    };
    Candidate {
        id: Uuid::from_u128(rng.random()),
        rule: rule.to_owned(),
        class_code: class_code.to_owned(),
        class_name: class_name.to_owned(),
        class_table: Some("gbt-47678.5-2026".to_owned()),
        camera: format!("c-{camera:03}"),
        preset: "home".to_owned(),
        zone: format!("z-{}", rng.random_range(0..4u8)),
        grid: Some(format!("32010{}001{camera:06}", camera % DISTRICTS)),
        location: Some([118.7 + camera as f64 * 0.001, 32.0 + (camera % 20) as f64 * 0.001]),
        component: None,
        finding: None,
        sensor: None,
        first_seen: began,
        raised_at: raised,
        last_seen: raised,
        state: State::Raised,
        reason: None,
        object: Object {
            label: "car".to_owned(),
            score: rng.random_range(0.3..1.0),
            bbox: [rng.random_range(0.0..0.8), rng.random_range(0.3..0.8), 0.12, 0.1],
            plate: Some(format!("苏A{:05}", rng.random_range(0..100_000u32))),
        },
        dwell_s: 180.0,
        evidence: vec![
            at(EvidenceKind::Start, "start.jpg"),
            at(EvidenceKind::Middle, "middle.jpg"),
            at(EvidenceKind::End, "end.jpg"),
            at(EvidenceKind::Scene, "scene.jpg"),
            at(EvidenceKind::Crop, "crop.jpg"),
            at(EvidenceKind::Clip, "clip.mp4"),
            at(EvidenceKind::Manifest, "manifest.json"),
        ],
        model: ModelRef { name: "street-nano".to_owned(), version: "1".to_owned(), sha256: "a".repeat(64) },
        rule_version: "2".to_owned(),
    }
}

/// Fills a store through the projection; returns the candidates' ids and how many a second went in.
async fn fill(store: &Store, many: u64) -> Result<(Vec<String>, f64), String> {
    let mut rng = StdRng::seed_from_u64(7);
    let first: OffsetTime = "2026-06-01T00:00:00+08:00".parse().map_err(|e| format!("{e}"))?;
    let intake = Intake::new(store.clone());
    let (mut ids, began) = (Vec::new(), Instant::now());
    let mut batch = Vec::new();
    for n in 0..many {
        let candidate = candidate(n, &mut rng, first);
        ids.push(candidate.id.to_string());
        let key = candidate.camera.clone();
        let payload = serde_json::to_vec(&CloudEvent::candidate("bench", candidate)).map_err(|e| e.to_string())?;
        batch.push(Stored {
            position: Position { topic: Topic::Dispatch, partition: 0, offset: n as i64 },
            time: first.event_time(),
            key,
            payload: Some(payload.into()),
            headers: Vec::new(),
        });
        if batch.len() == 200 || n + 1 == many {
            intake.take(Topic::Dispatch, &batch).await.map_err(|e| e.to_string())?;
            batch.clear();
        }
    }
    Ok((ids, many as f64 / began.elapsed().as_secs_f64()))
}

fn actor(n: usize) -> Actor {
    Actor {
        id: format!("u-{n}"),
        login: format!("reviewer-{n}"),
        name: format!("Reviewer {n}"),
        role: Role::Reviewer,
        scope: Scope::everything(),
        address: "127.0.0.1".to_owned(),
    }
}

/// The pages that people look at: each a name, whose eyes, and a filter.
fn pages() -> Vec<(&'static str, Scope, Filter)> {
    let city = Scope::everything;
    let plain = Filter::default;
    let text = |text: &str| Filter { text: Some(text.to_owned()), ..plain() };
    vec![
        ("everything", city(), plain()),
        ("one district's reviewer", Scope::of(["320103".to_owned()]), plain()),
        ("three districts' reviewer", Scope::of(["320103", "320104", "320105"].map(str::to_owned)), plain()),
        ("one rule", city(), Filter { rule: Some("bin-overflow".to_owned()), ..plain() }),
        ("one camera", city(), Filter { camera: Some("c-123".to_owned()), ..plain() }),
        ("one grid cell", city(), Filter { grid: Some("320103001000123".to_owned()), ..plain() }),
        ("scores under 0.4", city(), Filter { score_below: Some(0.4), ..plain() }),
        ("a common word", city(), text("垃圾")),
        ("a rare word: a plate", city(), text("苏a12345")),
        ("a word that nothing has", city(), text("zzzz")),
        ("all states", city(), Filter { states: DeskState::ALL.to_vec(), ..plain() }),
        ("a state that nothing has", city(), Filter { states: vec![DeskState::Escalated], ..plain() }),
    ]
}

async fn reading(report: &mut Report, kind: &str, desk: &Desk, ids: &[String], rounds: usize) -> Result<(), String> {
    let mut rng = StdRng::seed_from_u64(11);
    let mut all = Vec::new();
    for (name, scope, filter) in pages() {
        let mut seconds = Vec::new();
        let mut after: Option<Place> = None;
        for _ in 0..rounds {
            let began = Instant::now();
            let page = desk.queue(&scope, &filter, after.as_ref(), 50).await.map_err(|e| e.to_string())?;
            seconds.push(began.elapsed().as_secs_f64() * 1000.0);
            // Onwards through the queue, and from its first page again after the last.
            after = page.next.and_then(|next| next.parse().ok());
        }
        all.extend(seconds.iter().copied());
        let spread = Spread::of(seconds);
        let what = format!("{kind}, queue page of 50, {name}: p99");
        report.row(&what, spread.quantile(0.99), "ms", Some(spread.range()), Target::Most(100.0));
    }
    let spread = Spread::of(all);
    report.row(
        &format!("{kind}, queue page of 50, all of these: p99"),
        spread.quantile(0.99),
        "ms",
        None,
        Target::Most(100.0),
    );
    let (mut pages, mut counters) = (Vec::new(), Vec::new());
    let viewer = actor(0);
    for _ in 0..rounds * 5 {
        let id = &ids[rng.random_range(0..ids.len())];
        let began = Instant::now();
        desk.candidate(&viewer, id).await.map_err(|e| e.to_string())?.ok_or("a candidate is gone")?;
        pages.push(began.elapsed().as_secs_f64() * 1000.0);
        let began = Instant::now();
        desk.counters(&viewer.scope).await.map_err(|e| e.to_string())?;
        counters.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    let (pages, counters) = (Spread::of(pages), Spread::of(counters));
    report.row(&format!("{kind}, candidate page: p50"), pages.median(), "ms", None, Target::None);
    report.row(
        &format!("{kind}, candidate page: p99"),
        pages.quantile(0.99),
        "ms",
        Some(pages.range()),
        Target::Most(150.0),
    );
    report.row(&format!("{kind}, counters: p99"), counters.quantile(0.99), "ms", Some(counters.range()), Target::None);
    Ok(())
}

/// What one reviewer did in the minute.
#[derive(Default)]
struct Shift {
    /// Answered verdicts: id, candidate, and the verdict it took back, if it did.
    answered: Vec<(String, String, Option<String>)>,
    refused: BTreeMap<&'static str, usize>,
    milliseconds: Vec<f64>,
}

async fn shift(desk: Desk, n: usize, until: Instant) -> Result<Shift, String> {
    let mut rng = StdRng::seed_from_u64(1000 + n as u64);
    let (me, filter) = (actor(n), Filter::default());
    let mut shift = Shift::default();
    while Instant::now() < until {
        // All see the same front of the queue: whoever is quicker decides.
        let page = desk.queue(&me.scope, &filter, None, 100).await.map_err(|e| e.to_string())?;
        for _ in 0..20 {
            if page.groups.is_empty() || Instant::now() >= until {
                break;
            }
            let one = &page.groups[rng.random_range(0..page.groups.len())].head;
            let candidate: Uuid = one.id.parse().map_err(|_| "an id is no UUID")?;
            // Some open it first, and so claim it; some decide from the list.
            if rng.random_bool(0.5)
                && let Err(refused) = desk.claim(&me, &one.id).await
            {
                *shift.refused.entry(refused.word()).or_default() += 1;
                continue;
            }
            let reject = rng.random_bool(0.4);
            let order = Order {
                id: Uuid::from_u128(rng.random()),
                candidate,
                action: if reject { Action::Reject } else { Action::Confirm },
                reason: reject.then_some(RejectReason::LightOrShadow),
                duplicate_of: None,
                into: None,
                class_code: None,
                text: None,
                undoes: None,
                seen_revision: Some(one.revision),
            };
            let began = Instant::now();
            match desk.decide(&me, &order).await {
                Ok(decided) => {
                    shift.milliseconds.push(began.elapsed().as_secs_f64() * 1000.0);
                    shift.answered.push((decided.verdict.clone(), decided.candidate, None));
                    if rng.random_bool(0.05) {
                        let undo = Order {
                            id: Uuid::from_u128(rng.random()),
                            action: Action::Undo,
                            reason: None,
                            undoes: Some(order.id),
                            seen_revision: Some(decided.revision),
                            ..order
                        };
                        if let Ok(undone) = desk.decide(&me, &undo).await {
                            shift.answered.push((undone.verdict, undone.candidate, Some(decided.verdict)));
                        }
                    }
                }
                Err(Refused::Store(error)) => return Err(error.to_string()),
                Err(refused) => *shift.refused.entry(refused.word()).or_default() += 1,
            }
        }
    }
    Ok(shift)
}

async fn deciding(report: &mut Report, kind: &str, desk: &Desk, length: Duration) -> Result<(), String> {
    let folder = tempfile::tempdir_in(places::results()).map_err(|e| e.to_string())?;
    let log = EmbeddedLog::open(folder.path(), Options::default()).await.map_err(|e| e.to_string())?;
    let log: Arc<dyn Log> = Arc::new(log);
    // The topics are followed and verdicts published meanwhile, as in a console that runs.
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let publisher = Publisher::new(log.clone(), desk.store().clone());
    let follower = Follower::new(log.clone(), Intake::new(desk.store().clone()));
    let publishing = tokio::spawn({
        let (publisher, stopped) = (publisher.clone(), stopped.clone());
        async move { publisher.run(stopped).await }
    });
    let following = tokio::spawn({
        let follower = follower.clone();
        async move { follower.follow(Topic::Verdicts, stopped).await }
    });
    let until = Instant::now() + length;
    let shifts: Vec<_> = (0..REVIEWERS).map(|n| tokio::spawn(shift(desk.clone(), n, until))).collect();
    let mut all = Shift::default();
    for shift in shifts {
        let shift = shift.await.map_err(|e| e.to_string())??;
        all.answered.extend(shift.answered);
        all.milliseconds.extend(shift.milliseconds);
        for (word, count) in shift.refused {
            *all.refused.entry(word).or_default() += count;
        }
    }
    stop.send_replace(true);
    publishing.await.map_err(|e| e.to_string())?;
    following.await.map_err(|e| e.to_string())?;
    follower.catch_up(Topic::Verdicts).await.map_err(|e| e.to_string())?;
    let (lost, double) = judge(desk, log.as_ref(), &all).await?;
    let waiting = publisher.waiting().await.map_err(|e| e.to_string())?.waiting;
    let spread = Spread::of(all.milliseconds);
    let rate = all.answered.len() as f64 / length.as_secs_f64();
    report.row(&format!("{kind}, {REVIEWERS} reviewers at once: decisions"), rate, "1/s", None, Target::None);
    report.row(
        &format!("{kind}, {REVIEWERS} reviewers: a decision, p99"),
        spread.quantile(0.99),
        "ms",
        Some(spread.range()),
        Target::None,
    );
    report.row(
        &format!("{kind}, {REVIEWERS} reviewers: decisions answered"),
        all.answered.len() as f64,
        "",
        None,
        Target::Least(1.0),
    );
    report.row(&format!("{kind}, {REVIEWERS} reviewers: decisions lost"), lost as f64, "", None, Target::Most(0.0));
    report.row(
        &format!("{kind}, {REVIEWERS} reviewers: candidates decided twice"),
        double as f64,
        "",
        None,
        Target::Most(0.0),
    );
    report.row(
        &format!("{kind}, {REVIEWERS} reviewers: verdicts left in the outbox"),
        waiting as f64,
        "",
        None,
        Target::Most(0.0),
    );
    let refused: Vec<String> = all.refused.iter().map(|(word, count)| format!("{count} {word}")).collect();
    report.note(&format!("{kind}: refused meanwhile, as it must be: {}", refused.join(", ")));
    log.close().await.map_err(|e| e.to_string())
}

/// Answered verdicts that the topic or the store lacks, and candidates that were decided twice.
async fn judge(desk: &Desk, log: &dyn Log, all: &Shift) -> Result<(usize, usize), String> {
    let mut on_topic = BTreeSet::new();
    let mut cursor = log.read(Topic::Verdicts, Start::Beginning).await.map_err(|e| e.to_string())?;
    while !cursor.caught_up() {
        let Some(record) = cursor.next(Duration::from_secs(5)).await.map_err(|e| e.to_string())? else { continue };
        let event = record.payload.and_then(|p| serde_json::from_slice::<CloudEvent<Verdict>>(&p).ok());
        on_topic.insert(event.ok_or("a verdict on the topic cannot be read")?.data.id.to_string());
    }
    let undone: BTreeSet<&String> = all.answered.iter().filter_map(|(_, _, undoes)| undoes.as_ref()).collect();
    let (mut lost, mut standing) = (0, BTreeMap::<&String, usize>::new());
    for (verdict, candidate, undoes) in &all.answered {
        lost += usize::from(!on_topic.contains(verdict));
        if undoes.is_none() && !undone.contains(verdict) {
            *standing.entry(candidate).or_default() += 1;
        }
    }
    // What the store says of each candidate is what its reviewer was told.
    let auditor = Actor { login: "auditor".to_owned(), ..actor(0) };
    for (verdict, candidate, undoes) in &all.answered {
        if undoes.is_none() && !undone.contains(verdict) {
            let page = desk.candidate(&auditor, candidate).await.map_err(|e| e.to_string())?;
            lost += usize::from(page.is_none_or(|page| page.listed.decision != *verdict));
        }
    }
    Ok((lost, standing.values().filter(|count| **count > 1).count()))
}

async fn measure(report: &mut Report, kind: &str, address: &str) -> Result<(), String> {
    let (many, rounds, length) = if quick() { (3_000, 20, 3) } else { (100_000, 200, 60) };
    let store = Store::open(address).await.map_err(|e| e.to_string())?;
    let (ids, rate) = fill(&store, many).await?;
    // As a rebuild does at its end.
    store.analyze().await.map_err(|e| e.to_string())?;
    report.row(&format!("{kind}, {many} candidates projected"), rate, "1/s", None, Target::None);
    let settings = DeskSettings {
        city: "bench".to_owned(),
        timezone: jiff::tz::TimeZone::get("Asia/Shanghai").map_err(|e| e.to_string())?,
        codes: Arc::new(ClassTable::open("gbt-47678.5-2026").map_err(|e| e.to_string())?),
        claim: 120_000,
        second_percent: 5.0,
    };
    let desk = Desk::new(store.clone(), Arc::new(SystemClock::default()), settings);
    reading(report, kind, &desk, &ids, rounds).await?;
    deciding(report, kind, &desk, Duration::from_secs(length)).await?;
    store.close().await;
    Ok(())
}

async fn both(report: &mut Report) -> Result<(), String> {
    // One of the two alone: BENCH_CONSOLE=sqlite or postgres.
    let only = std::env::var("BENCH_CONSOLE").unwrap_or_default();
    if only != "postgres" {
        let folder = tempfile::tempdir_in(places::results()).map_err(|e| e.to_string())?;
        measure(report, "SQLite", &format!("sqlite:{}", folder.path().join("console.db").display())).await?;
    }
    if only == "sqlite" {
        return Ok(());
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("the repository has no root")?;
    match LocalPostgres::start(root, &["max_connections=100"]) {
        Some(server) => measure(report, "PostgreSQL", &server.database("bench").await).await,
        None => {
            report.skipped("PostgreSQL is not installed; scripts/setup.sh test installs it");
            Ok(())
        }
    }
}

fn main() {
    warnings_only();
    let mut report = Report::new("console", "the console's store at 100,000 candidates");
    let outcome = tokio::runtime::Runtime::new().map_err(|e| e.to_string()).and_then(|r| r.block_on(both(&mut report)));
    if let Err(why) = outcome {
        report.skipped(&why);
    }
}
