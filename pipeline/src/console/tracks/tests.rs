//! Readings into tracks and out again, on both databases.

use super::{Area, DAY, Kept, Point, Settings, Span, Tracks, Upkeep};
use crate::console::project::{Intake, Taken};
use crate::console::store::Store;
use crate::console::testing::{on_both, stored};
use crate::log::{Stored, Topic};
use crate::payload::{CloudEvent, DeviceReading, ReadingKind, ReadingValues, Sighting, examples};

const EIGHT: i64 = examples::EIGHT.0;

fn reading(device: &str, seconds: i64, location: [f64; 2]) -> DeviceReading {
    DeviceReading {
        device: device.into(),
        kind: ReadingKind::Vehicle,
        at: examples::after_eight(seconds),
        arrived: examples::after_eight(seconds + 1),
        location: Some(location),
        quality: Vec::new(),
        values: ReadingValues { speed_kmh: Some(30.0), ignition: Some(true), ..ReadingValues::default() },
        seen: None,
    }
}

/// On its way east, ten metres a second.
fn drive(device: &str, from: i64, count: i64) -> Vec<DeviceReading> {
    (0..count).map(|n| reading(device, from + n * 10, [118.95 + n as f64 * 0.001, 32.1])).collect()
}

async fn take(store: &Store, from: i64, readings: &[DeviceReading]) -> Taken {
    let record =
        |(n, r): (i64, &DeviceReading)| stored(Topic::Readings, &r.device, n, &CloudEvent::reading("demo", r.clone()));
    let records: Vec<Stored> = (from..).zip(readings).map(record).collect();
    Intake::new(store.clone()).take(Topic::Readings, &records).await.expect("taken")
}

fn tracks(store: &Store) -> Tracks {
    Tracks::new(store.clone(), Settings::default())
}

fn all() -> Span {
    Span::new(EIGHT - DAY, EIGHT + DAY).expect("a span")
}

#[test]
fn readings_in_any_order_and_twice_make_one_track() {
    on_both(|store| async move {
        let mut readings = drive("t-1", 0, 30);
        readings.swap(3, 20);
        // The whole again, as a batch that was sent twice, and a late one at the front.
        readings.extend(drive("t-1", 0, 30));
        readings.push(reading("t-1", -60, [118.949, 32.1]));
        assert_eq!(take(&store, 0, &readings).await, Taken { taken: 61, skipped: 0 });
        let track = tracks(&store).track("t-1", all()).await.expect("asked");
        assert_eq!((track.points.len(), track.next), (31, None));
        assert!(track.points.windows(2).all(|pair| pair[0].at < pair[1].at));
        assert_eq!((track.points[0].at, track.points[1].speed), (EIGHT - 60_000, Some(30.0)));
        let hour = Span::new(EIGHT, EIGHT + 100_000).expect("a span");
        assert_eq!(tracks(&store).track("t-1", hour).await.expect("asked").points.len(), 10);
        assert!(tracks(&store).track("t-2", all()).await.expect("asked").points.is_empty());
    });
}

#[test]
fn marked_readings_are_there_and_off_the_line_and_what_is_no_reading_is_counted() {
    on_both(|store| async move {
        let mut readings = drive("t-1", 0, 5);
        readings[1].quality = vec!["jump".into()];
        readings[2].quality = vec!["future".into()];
        readings[3].quality = vec!["haunted".into()];
        readings[4].location = Some([f64::MAX, 200.0]);
        let mut seen = reading("t-1", 7, [118.95, 32.1]);
        seen.seen = Some(Sighting {
            camera: "c-1".into(),
            label: "truck".into(),
            score: 0.9,
            condition: None,
            condition_score: None,
        });
        readings.push(seen);
        assert_eq!(take(&store, 0, &readings).await, Taken { taken: 5, skipped: 1 });
        let points = tracks(&store).track("t-1", all()).await.expect("asked").points;
        let told: Vec<_> =
            points.iter().map(|p| (p.good, p.on_the_line(), p.quality.join(" "), p.camera.clone())).collect();
        let good = (true, true, String::new(), String::new());
        let by_camera = (true, false, String::new(), "c-1".to_owned());
        assert_eq!(told, [good, by_camera, (false, false, "jump".into(), String::new())]);
        let mut broken = stored(Topic::Readings, "t-1", 6, &serde_json::json!({"data": 3}));
        broken.payload = Some("{".into());
        let taken = Intake::new(store.clone()).take(Topic::Readings, &[broken]).await.expect("taken");
        assert_eq!(taken, Taken { taken: 0, skipped: 1 });
    });
}

#[test]
fn the_last_word_has_each_value_with_its_own_time_whatever_comes_late() {
    on_both(|store| async move {
        let bin = |seconds: i64, values: ReadingValues| DeviceReading {
            kind: ReadingKind::Bin,
            values,
            ..reading("bin-7", seconds, [118.9, 32.1])
        };
        let fill = |fill: f32| ReadingValues { fill: Some(fill), ..ReadingValues::default() };
        let tilt = |tilt: f32| ReadingValues { tilt_deg: Some(tilt), ..ReadingValues::default() };
        take(&store, 0, &[bin(100, fill(0.5)), bin(300, tilt(3.0))]).await;
        take(&store, 2, &[bin(200, fill(0.75)), bin(50, fill(0.25))]).await;
        let mut wrong = bin(400, fill(40.0));
        wrong.quality = vec!["value".into()];
        take(&store, 4, &[wrong]).await;
        let last = tracks(&store).last_word("bin-7").await.expect("asked").expect("there");
        assert_eq!((last.kind, last.at, last.quality.join(" ")), (ReadingKind::Bin, EIGHT + 400_000, "value".into()));
        assert_eq!((last.number("fill"), last.values["fill"].at), (Some(0.75), EIGHT + 200_000));
        assert_eq!(last.number("tilt_deg"), Some(3.0));
        assert!(tracks(&store).track("bin-7", all()).await.expect("asked").points.is_empty(), "bins do not drive");
        let bins = tracks(&store).last_words(&[ReadingKind::Bin, ReadingKind::Cover], "", 10).await.expect("asked");
        assert_eq!(bins.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["bin-7"]);
        assert!(tracks(&store).last_words(&[ReadingKind::Vehicle], "", 10).await.expect("asked").is_empty());
    });
}

#[test]
fn who_was_in_an_area_is_found_with_the_times_also_between_two_points() {
    on_both(|store| async move {
        let mut readings = drive("t-1", 0, 30);
        readings.extend((0..30).map(|n| reading("t-2", n * 10, [118.95 + n as f64 * 0.001, 32.3])));
        take(&store, 0, &readings).await;
        // Between two of its points, 94 m apart.
        let area = Area::new(118.9602, 32.0999, 118.9608, 32.1001).expect("an area");
        let found = tracks(&store).in_area(&area, all()).await.expect("asked").expect("few enough");
        assert_eq!((found.len(), found[0].device.as_str()), (1, "t-1"));
        assert_eq!((found[0].passes[0].from, found[0].passes[0].until), (EIGHT + 102_000, EIGHT + 108_000));
        let earlier = Span::new(EIGHT - DAY, EIGHT).expect("a span");
        assert!(tracks(&store).in_area(&area, earlier).await.expect("asked").expect("few enough").is_empty());
    });
}

#[test]
fn old_days_are_thinned_older_ones_forgotten_and_a_late_point_has_its_day_thinned_again() {
    on_both(|store| async move {
        take(&store, 0, &drive("t-1", 0, 60)).await;
        let upkeep = Upkeep::new(tracks(&store));
        assert_eq!(upkeep.step(EIGHT + 6 * DAY).await.expect("works"), Kept::default(), "nothing is old yet");
        let done = upkeep.step(EIGHT + 9 * DAY).await.expect("works");
        assert_eq!((done.thinned, done.forgotten), (1, 0));
        let left = tracks(&store).track("t-1", all()).await.expect("asked").points;
        assert_eq!(left.len() as u64 + done.points, 60);
        // A straight way of ten minutes: its ends and a point a minute.
        assert_eq!(left.len(), 11);
        assert_eq!(upkeep.step(EIGHT + 9 * DAY).await.expect("works"), Kept::default());
        // The same readings again, as after a rebuild, and one off the way.
        let mut again = drive("t-1", 0, 60);
        again.push(reading("t-1", 65, [118.9565, 32.11]));
        take(&store, 60, &again).await;
        assert_eq!(upkeep.step(EIGHT + 9 * DAY).await.expect("works").thinned, 1);
        let after = tracks(&store).track("t-1", all()).await.expect("asked").points;
        let times = |points: &[Point]| points.iter().map(|p| p.at).collect::<Vec<_>>();
        assert!(times(&left).iter().all(|at| times(&after).contains(at)), "what stayed once stays");
        assert!(times(&after).contains(&(EIGHT + 65_000)) && after.len() <= 16, "{}", after.len());
        let done = upkeep.step(EIGHT + 92 * DAY).await.expect("works");
        assert_eq!((done.forgotten, done.thinned, done.points), (1, 0, after.len() as u64));
        assert!(tracks(&store).track("t-1", all()).await.expect("asked").points.is_empty());
    });
}

#[test]
fn a_span_has_an_end_and_an_hour_of_files_is_now() {
    assert!(Span::new(5, 5).is_err() && Span::new(0, 32 * DAY).is_err() && Span::new(i64::MIN, i64::MAX).is_err());
    on_both(|store| async move {
        let by_files = Tracks::new(store.clone(), Settings { by_files: true, ..Settings::default() });
        assert_eq!(by_files.now(5).await.expect("asked"), 5, "as long as nothing came");
        take(&store, 0, &drive("t-1", 0, 3)).await;
        assert_eq!(by_files.now(EIGHT + DAY).await.expect("asked"), EIGHT + 20_000);
        assert_eq!(tracks(&store).now(EIGHT + DAY).await.expect("asked"), EIGHT + DAY);
    });
}
