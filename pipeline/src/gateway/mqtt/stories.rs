//! Stories of messages as makers send them.

use super::*;
use operators::ground::LonLat;
use operators::vocabulary::{BinReport, CoverReport, DeviceKind, EventTime, Reading, Values};
use proptest::prelude::*;
use std::collections::BTreeMap;

const NOW: EventTime = EventTime(1_780_272_000_000);

fn mapping(topic: &str, kind: DeviceKind, values: &[(Field, Source)]) -> Mapping {
    Mapping {
        topic: levels(topic).expect("a topic"),
        kind,
        device: None,
        plate: None,
        prefix: String::new(),
        time: None,
        place: None,
        stale: 3_600_000,
        values: values.iter().cloned().collect::<BTreeMap<_, _>>(),
    }
}

fn bins() -> Mapping {
    let percent = Source { scale: 0.01, ..Source::at("/d/level") };
    mapping("bins/{device}/up", DeviceKind::Bin, &[(Field::Fill, percent), (Field::Battery, Source::at("/bat"))])
}

fn read(mapping: &Mapping, topic: &str, text: &str) -> Result<Reading, Ignored> {
    let named = mapping.matches(topic).ok_or(Ignored::NoMapping)?;
    mapping.read(named, text.as_bytes(), false, NOW).map(|taken| taken.reading)
}

#[test]
fn a_plate_that_a_camera_read_is_a_sighting_of_the_vehicle_by_that_camera() {
    let score = Source { scale: 0.01, ..Source::at("/conf") };
    let plates = Mapping {
        device: Some("/plate".into()),
        plate: Some("/cam".into()),
        ..mapping("anpr/+", DeviceKind::Vehicle, &[(Field::Score, score)])
    };
    let reading = read(&plates, "anpr/1", r#"{"plate": "苏A·12345", "cam": "c-007", "conf": 96}"#).expect("reads");
    assert_eq!((reading.device.as_str(), reading.camera.as_deref()), ("plate:苏A12345", Some("c-007")));
    let Values::Seen(seen) = reading.values else { panic!("{reading:?}") };
    assert!((seen.score - 0.96).abs() < 1e-6);
    assert_eq!(read(&plates, "anpr/1", r#"{"plate": "苏A12345"}"#), Err(Ignored::NoValue), "nobody knows where");
}

#[test]
fn a_bin_s_message_is_read_as_its_maker_wrote_it() {
    let reading = read(&bins(), "bins/b-7/up", r#"{"d": {"level": 85}, "bat": "0.9"}"#).expect("reads");
    assert_eq!((reading.device.as_str(), reading.at, reading.place), ("b-7", NOW, None));
    let Values::Bin(BinReport { fill: Some(fill), battery: Some(battery), tilt_deg: None, .. }) = reading.values else {
        panic!("{reading:?}")
    };
    assert!((fill - 0.85).abs() < 1e-6 && (battery - 0.9).abs() < 1e-6);
}

#[test]
fn a_cover_s_words_for_open_are_a_city_s_setting_and_nothing_else_is_guessed() {
    let words = |yes: &[&str], no: &[&str]| Source {
        yes: yes.iter().map(|w| (*w).to_owned()).collect(),
        no: no.iter().map(|w| (*w).to_owned()).collect(),
        ..Source::at("/state")
    };
    let with =
        |source| mapping("c/{device}", DeviceKind::Cover, &[(Field::Open, source), (Field::TiltDeg, Source::at("/t"))]);
    let open = |mapping: &Mapping, state: &str| {
        let taken = mapping.read(Some("c-1"), format!(r#"{{"t": 3, "state": {state}}}"#).as_bytes(), false, NOW);
        let taken = taken.expect("the tilt is there");
        let Values::Cover(CoverReport { open, .. }) = taken.reading.values else { panic!("a cover") };
        (open, taken.odd)
    };
    let worded = with(words(&["open", "2"], &["shut"]));
    assert_eq!(
        ["\"open\"", "2", "\"shut\"", "null"].map(|s| open(&worded, s)),
        [(Some(true), 0), (Some(true), 0), (Some(false), 0), (None, 0)]
    );
    assert_eq!(open(&worded, "\"ajar\""), (None, 1), "counted, and unknown");
    let plain = with(words(&[], &[]));
    assert_eq!(["true", "0", "\"1\"", "[]"].map(|s| open(&plain, s).0), [Some(true), Some(false), Some(true), None]);
}

#[test]
fn times_are_read_in_three_ways_and_what_is_none_is_not_taken_for_now() {
    let timed = |unit| Mapping { time: Some(TimeSource { pointer: "/ts".to_owned(), unit }), ..bins() };
    let at = |unit, ts: &str| read(&timed(unit), "bins/b/up", &format!(r#"{{"bat": 1, "ts": {ts}}}"#)).map(|r| r.at.0);
    assert_eq!(at(TimeUnit::Milliseconds, "1780272000123"), Ok(1_780_272_000_123));
    assert_eq!(at(TimeUnit::Seconds, "\"1780272000\""), Ok(1_780_272_000_000));
    assert_eq!(at(TimeUnit::Rfc3339, "\"2026-06-01T08:00:00+08:00\""), Ok(1_780_272_000_000));
    for (unit, ts) in [
        (TimeUnit::Milliseconds, "null"),
        (TimeUnit::Milliseconds, "1e300"),
        (TimeUnit::Seconds, "-5"),
        (TimeUnit::Rfc3339, "\"2026-06-01 08:00\""),
    ] {
        assert_eq!(at(unit, ts), Err(Ignored::Time), "{ts}");
    }
}

#[test]
fn what_the_broker_kept_is_taken_only_where_its_own_time_says_that_it_is_fresh() {
    let timed =
        Mapping { time: Some(TimeSource { pointer: "/ts".to_owned(), unit: TimeUnit::Milliseconds }), ..bins() };
    let kept = |mapping: &Mapping, age: i64| {
        let text = format!(r#"{{"bat": 1, "ts": {}}}"#, NOW.0 - age);
        mapping.read(Some("b"), text.as_bytes(), true, NOW).map(|taken| NOW.since(taken.reading.at))
    };
    assert_eq!(kept(&timed, 3_600_000), Ok(3_600_000), "in its own time, however late");
    assert_eq!(kept(&timed, 3_600_001), Err(Ignored::RetainedOld));
    assert_eq!(kept(&bins(), 0), Err(Ignored::RetainedWithoutTime));
}

#[test]
fn a_bad_message_says_why_and_a_bad_value_costs_itself() {
    for (text, why) in [
        ("{", Ignored::Json),
        ("\u{0}", Ignored::Json),
        ("{}", Ignored::NoValue),
        (r#"{"bat": "full"}"#, Ignored::NoValue),
        ("[1, 2]", Ignored::NoValue),
    ] {
        assert_eq!(read(&bins(), "bins/b/up", text), Err(why), "{text}");
    }
    assert_eq!(read(&bins(), "bins//up", r#"{"bat": 1}"#), Err(Ignored::Device));
    assert_eq!(bins().read(Some("b"), &vec![b' '; LONGEST + 1], false, NOW), Err(Ignored::TooLong));
    let taken = bins().read(Some("b"), br#"{"bat": 1, "d": {"level": {}}}"#, false, NOW).expect("one is right");
    assert_eq!(taken.odd, 1);
}

#[test]
fn a_device_may_be_named_in_the_message_and_may_say_where_it_is() {
    let gauges = Mapping {
        device: Some("/id".to_owned()),
        prefix: "acme-".to_owned(),
        place: Some([Source::at("/p/0"), Source::at("/p/1")]),
        ..mapping(
            "acme/#",
            DeviceKind::Gauge,
            &[(Field::DepthCm, Source { scale: 0.1, offset: 2.0, ..Source::at("/mm") })],
        )
    };
    assert_eq!(gauges.filter(), "acme/#");
    let reading = read(&gauges, "acme/x/y", r#"{"id": 17, "mm": 130, "p": [118.9, "32.1"]}"#).expect("reads");
    assert_eq!((reading.device.as_str(), reading.place), ("acme-17", Some(LonLat::new(118.9, 32.1))));
    assert!(matches!(reading.values, Values::Gauge(g) if g.depth_cm == Some(15.0)), "{reading:?}");
}

#[test]
fn topics_match_level_by_level() {
    let of = |topic: &str| mapping(topic, DeviceKind::Bin, &[]);
    assert_eq!(of("a/{device}/+").filter(), "a/+/+");
    assert_eq!(of("a/{device}/+").matches("a/b/c"), Some(Some("b")));
    assert_eq!(of("a/{device}/+").matches("a/b"), None);
    assert_eq!(of("a/{device}").matches("a/b/c"), None);
    assert_eq!(of("a/#").matches("a/b/c"), Some(None));
    for wrong in ["a/{device}x", "#/a", "{device}/{device}", "a/b+"] {
        assert!(levels(wrong).is_err(), "{wrong}");
    }
}

proptest! {
    #[test]
    fn no_message_panics(payload in prop::collection::vec(any::<u8>(), 0..200), retained in any::<bool>()) {
        let _ = bins().read(Some("b"), &payload, retained, NOW);
    }
}
