//! What a worker does when its Kafka is not as it should be: it waits, says so, and loses nothing.
//!
//! `HOSTILE_SECONDS` (20) is how long the broker is away.

use std::time::{Duration, Instant};
use streetwatch_tests::binary;
use streetwatch_tests::kafka::{KafkaServer, skipped};
use streetwatch_tests::kafka_admin::{Administrator, Operation};
use streetwatch_tests::loops::{KERB, Loop, now, rfc3339};
use streetwatch_tests::workers::Worker;
use streetwatch_tests::{footage, media};

const PATIENCE: Duration = Duration::from_secs(60);
const LINES: &str = "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n\
    allow.everyone.if.no.acl.found=true\nsuper.users=User:nobody\n\
    transaction.abort.timed.out.transaction.cleanup.interval.ms=1000";

fn says(worker: &mut Worker, words: &str) {
    worker.wait(words, PATIENCE, |w| {
        let (status, body) = w.ask("/readyz")?;
        (status == 503 && body.contains(words)).then_some(())
    });
    assert_eq!(worker.ask("/healthz").map(|(status, _)| status), Some(200), "alive all the while");
}

fn is_ready(worker: &mut Worker) {
    worker.wait("readiness", PATIENCE, |w| w.is_ready().then_some(()));
}

fn run(arguments: &[&str]) -> String {
    let finished = binary::finish(arguments.iter().copied());
    assert_eq!(finished.code, Some(0), "{arguments:?}: {}{}", finished.stdout, finished.stderr);
    finished.stdout
}

fn raised(log: &str) -> usize {
    binary::topic(log, "dispatch").iter().filter(|c| c["state"] == "raised").count()
}

#[test]
fn a_worker_waits_says_what_is_wrong_and_goes_on_by_itself() {
    if !media::available() || !footage::runtime() {
        return;
    }
    let mut server = match KafkaServer::start_with(LINES) {
        Ok(server) => server,
        Err(why) => return skipped(&why),
    };
    let administrator = Administrator::of(&server.address());
    let folder = tempfile::tempdir().expect("a folder");
    let log = format!("kafka:{}", server.address());
    let clip = Loop { empty: 5, parked: 600 }.make(folder.path(), "long.mp4");

    // No topics; then one with another number of partitions than the others.
    let mut worker = Worker::new(folder.path(), "one", &log, "[limits]\nsnapshot = \"2s\"");
    worker.start();
    says(&mut worker, "streetwatch topic create");
    administrator.create("cameras", 2);
    let created = run(&["topic", "create", &log, "--partitions", "4"]);
    assert!(created.contains("cameras: there, and left as it is: 2 partitions, not 4"), "{created}");
    says(&mut worker, "must be alike");
    administrator.delete("cameras");
    says(&mut worker, "streetwatch topic create");
    run(&["topic", "create", &log, "--partitions", "4"]);
    is_ready(&mut worker);
    let complaints = worker.stderr().lines().filter(|line| line.contains("must be alike")).count();
    assert_eq!(complaints, 1, "said once, not every two seconds:\n{}", worker.stderr());

    // Poison on `state` costs one camera its memory, nobody anything else.
    poison(&log);
    // Nobody may write candidates: they wait.
    administrator.forbid("dispatch", Operation::Write);
    let city = cameras(folder.path(), &log, clip.to_str().expect("UTF-8"));
    run(&["cameras", "apply", &city, "--yes"]);
    says(&mut worker, "dispatch");
    assert!(worker.metric("streetwatch_worker_records_refused_total", "\"state\"") >= 1.0, "{}", worker.stderr());
    assert_eq!(raised(&log), 0);
    administrator.allow("dispatch");
    worker.wait("the candidate", PATIENCE, |_| (raised(&log) == 1).then_some(()));
    is_ready(&mut worker);

    // Nobody may read the registry; what runs goes on.
    administrator.forbid("cameras", Operation::Read);
    says(&mut worker, "cameras");
    administrator.allow("cameras");
    is_ready(&mut worker);

    // The broker is away; the second camera's dwell begins before and ends after.
    let seconds = std::env::var("HOSTILE_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(20);
    let city = std::fs::read_to_string(&city).expect("our file");
    let more = city.replace("dwell = \"3s\"", "dwell = \"10s\"").replace("c-1", "c-2");
    let second = folder.path().join("more.toml");
    let tables = |text: &str| text.split_once("[[camera]]").map(|(_, rest)| format!("[[camera]]{rest}")).expect("one");
    std::fs::write(&second, format!("{city}{}", tables(&more))).expect("a file");
    run(&["cameras", "apply", second.to_str().expect("UTF-8"), "--yes"]);
    worker.wait("the second camera", PATIENCE, |w| w.watched().contains(&"c-2".to_owned()).then_some(()));
    std::thread::sleep(Duration::from_secs(3));
    server.freeze();
    let frozen = Instant::now();
    says(&mut worker, "");
    std::thread::sleep(Duration::from_secs(seconds).saturating_sub(frozen.elapsed()));
    assert_eq!(worker.ended(), None, "{}", worker.stderr());
    server.thaw();
    worker.wait("both candidates", PATIENCE, |_| (raised(&log) == 2).then_some(()));
    is_ready(&mut worker);
    assert_eq!(worker.terminate(PATIENCE), Some(0), "{}", worker.stderr());
    assert_eq!(raised(&log), 2, "each once");
    server.kill();
}

fn cameras(folder: &std::path::Path, log: &str, clip: &str) -> String {
    let file = folder.join("cameras.toml");
    let begun = rfc3339(now() - 5_000);
    let text = format!(
        "city = \"soak\"\nlog = \"{log}\"\nstore = \"{}\"\n[[camera]]\nid = \"c-1\"\nurl = \"{clip}\"\nrepeat = true\n\
         play = \"clock\"\nstart = \"{begun}\"\nsample = \"1s\"\nfrozen = \"off\"\n[[camera.zone]]\nid = \"kerb\"\n\
         rule = \"illegal-parking\"\npolygon = {KERB}\nqueue_size = 0\ndwell = \"3s\"\n",
        folder.join("evidence").display()
    );
    std::fs::write(&file, text).expect("a file");
    file.to_str().expect("UTF-8").to_owned()
}

/// What nobody can read, as the state of the camera that comes next, in every partition.
fn poison(log: &str) {
    use streetwatch::log::{self, Record, Topic};
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let log = log::open(log).await.expect("opens");
        let poison = |partition| Record::new(Topic::State, "c-1", "\u{0}no json").to_partition(partition);
        log.append((0..4).map(poison).collect()).await.expect("appended");
        log.close().await.expect("closes");
    });
}
