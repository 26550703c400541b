//! `run --truth`: each candidate beside its truth, once every source has ended.

use std::path::Path;
use std::time::Duration;
use streetwatch_tests::binary::{self, Running};
use streetwatch_tests::city::City;
use streetwatch_tests::footage::{self, CARS, KERB};

/// As long as the clip and as much again, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);
const CLEAN: &str = "3 events: 3 raised, 0 missed; 1 look-alike: 1 quiet; 0 false candidates";

fn city(folder: &Path) -> City {
    City::new(folder).camera("street", footage::street().display(), "start = \"2026-06-01T08:00:00+08:00\"").zone(
        "kerb",
        "illegal-parking",
        KERB,
        "dwell = \"10s\"",
    )
}

/// A truth file: a car stands at each of `events`, and one only seems to at each of `lookalikes`.
fn truth(folder: &Path, events: &[[f64; 4]], lookalikes: &[[f64; 4]]) -> String {
    let list = |boxes: &[[f64; 4]], story: &str| {
        let one = |bbox: &[f64; 4]| {
            format!(
                r#"{{"camera": "street", "rule": "illegal-parking", "zone": "kerb", "bbox": {bbox:?}, "story": "{story}",
                    "start": "2026-06-01T08:00:00+08:00", "end": "2026-06-01T08:00:37+08:00"}}"#
            )
        };
        boxes.iter().map(one).collect::<Vec<_>>().join(",")
    };
    let (events, lookalikes) = (list(events, "a car parks beside the island"), list(lookalikes, "a shadow"));
    let file = folder.join("truth.json");
    std::fs::write(&file, format!(r#"{{"events": [{events}], "lookalikes": [{lookalikes}]}}"#)).expect("a file");
    file.to_str().expect("UTF-8").to_owned()
}

#[test]
fn a_strict_run_that_raises_all_that_happened_and_nothing_besides_succeeds() {
    if !footage::available() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let truth = truth(folder.path(), &CARS, &[[0.05, 0.1, 0.1, 0.1]]);
    let done = binary::finish(["run", &city(folder.path()).write(), "--once", "--truth", &truth, "--strict"]);
    assert_eq!(done.code, Some(0), "{}\n{}", done.stdout, done.stderr);
    assert_eq!(done.stdout.lines().rfind(|line| !line.is_empty()), Some(CLEAN), "{}", done.stdout);
    let stills: Vec<_> = done.stdout.lines().map(str::trim).filter(|line| line.ends_with("/end.jpg")).collect();
    assert_eq!(stills.len(), 3, "{}", done.stdout);
    assert!(stills.iter().all(|still| Path::new(still).is_file()), "{stills:?}");
    assert!(!done.stdout.contains('\u{1b}'), "colour in a pipe: {}", done.stdout);
}

#[test]
fn what_is_missed_or_raised_for_a_look_alike_fails_a_strict_run_only() {
    if !footage::available() {
        return;
    }
    let run = |strict: bool| {
        let folder = tempfile::tempdir().expect("a folder");
        // Two of the three cars; the third is said to be a look-alike, and one was never there.
        let truth = truth(folder.path(), &[CARS[0], CARS[2], [0.05, 0.1, 0.1, 0.1]], &[CARS[1]]);
        let city = city(folder.path()).write();
        let arguments = ["run", &city, "--once", "--truth", &truth];
        binary::finish(arguments.into_iter().chain(strict.then_some("--strict")))
    };
    let (strict, lenient) = std::thread::scope(|scope| {
        let strict = scope.spawn(|| run(true));
        let lenient = run(false);
        (strict.join().expect("no panic"), lenient)
    });
    assert_eq!((strict.code, lenient.code), (Some(1), Some(0)), "{}", strict.stderr);
    assert!(strict.stderr.contains("strict: 1 missed, 1 false"), "{}", strict.stderr);
    for done in [strict, lenient] {
        let totals = "3 events: 2 raised, 1 missed; 1 look-alike: 0 quiet; 1 false candidate";
        assert!(done.stdout.contains(totals), "{}", done.stdout);
        let verdicts = |word: &str| done.stdout.lines().filter(|line| line.ends_with(word)).count();
        assert_eq!((verdicts("  raised"), verdicts("  MISSED"), verdicts("  FALSE")), (2, 1, 1), "{}", done.stdout);
        assert!(done.stdout.contains("look-alike: a shadow"), "{}", done.stdout);
    }
}

#[test]
fn without_once_the_table_comes_once_and_the_console_goes_on() {
    if !footage::available() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let truth = truth(folder.path(), &CARS, &[[0.05, 0.1, 0.1, 0.1]]);
    let mut run = Running::start_with(&city(folder.path()), "run", &["--truth", &truth]);
    run.wait("closing table", PATIENCE, |run| run.stdout().contains(CLEAN).then_some(()));
    assert!(run.metrics().contains("streetwatch_candidate_changes_total"), "the console is there");
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(run.stdout().matches(CLEAN).count(), 1, "{}", run.stdout());
    assert_eq!(run.terminate().0, Some(0));
}

#[test]
fn a_truth_file_that_is_none_and_a_strict_run_without_an_end_are_refused_before_anything_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let city = city(folder.path()).write();
    let broken = folder.path().join("truth.json");
    std::fs::write(&broken, "{\"events\": [}").expect("a file");
    let broken = broken.to_str().expect("UTF-8");
    let done = binary::finish(["run", &city, "--once", "--truth", broken]);
    assert_eq!((done.code, done.stdout.as_str()), (Some(2), ""), "{}", done.stderr);
    assert!(done.stderr.contains(&format!("{broken}: line 1: ")), "{}", done.stderr);
    for arguments in [vec!["--strict"], vec!["--strict", "--once"], vec!["--strict", "--truth", broken]] {
        let done = binary::finish(["run", &city].into_iter().chain(arguments));
        assert_eq!(done.code, Some(2), "{}", done.stderr);
        assert!(done.stderr.contains("required arguments"), "{}", done.stderr);
    }
}
