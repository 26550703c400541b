//! The map and the plans through the real router: who sees what, what is refused, what is written.

use super::super::testing::{House, Person};
use crate::console::people::Role;
use crate::console::project::Intake;
use crate::console::testing::{dispatched, stored};
use crate::log::Topic;
use crate::payload::{Candidate, CloudEvent, DeviceReading, ReadingKind, ReadingValues, examples};
use axum::http::StatusCode;
use serde_json::{Value, json};

const EIGHT: i64 = examples::EIGHT.0;

/// A city with a truck on its way, bins in two districts, and a fence.
async fn house(more: &str) -> House {
    let house = House::with("North gate", &format!("[sensors]\nplans = \"FOLDER/plans\"\n{more}")).await;
    let plans = house.folder.path().join("plans");
    std::fs::create_dir_all(&plans).expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(plans.join(name), text).expect("written");
    write(
        "vehicles.csv",
        "device,plate,class,name\nt-1,苏A12345,muck-truck,<script>alert(1)</script>\nt-9,,sweeper,\n",
    );
    write(
        "devices.csv",
        "device,kind,component,name,lon,lat,grid,camera,zone\nbin-1,bin,,Near,118.9,32.1,320113001,,\nbin-2,bin,,Far,118.9,32.2,320199001,,\n",
    );
    let ring = "[[118.9,32.1],[118.91,32.1],[118.91,32.11],[118.9,32.1]]";
    let fence = format!(
        "{{\"type\":\"Feature\",\"properties\":{{\"id\":\"school\",\"kind\":\"no-entry\"}},\"geometry\":{{\"type\":\"Polygon\",\"coordinates\":[{ring}]}}}}"
    );
    write("fences.geojson", &format!("{{\"type\":\"FeatureCollection\",\"features\":[{fence}]}}"));
    let reading = |n: i64, kind, device: &str, values| {
        let location = Some([118.9 + n as f64 * 0.001, 32.1]);
        let reading = DeviceReading {
            device: device.into(),
            kind,
            at: examples::after_eight(n * 10),
            arrived: examples::after_eight(n * 10),
            location,
            quality: vec![],
            values,
            seen: None,
        };
        stored(Topic::Readings, device, n, &CloudEvent::reading("demo", reading))
    };
    let moving = ReadingValues { speed_kmh: Some(36.0), ..ReadingValues::default() };
    let mut records: Vec<_> = (0..30).map(|n| reading(n, ReadingKind::Vehicle, "t-1", moving.clone())).collect();
    records.push(reading(30, ReadingKind::Bin, "bin-1", ReadingValues { fill: Some(0.9), ..ReadingValues::default() }));
    Intake::new(house.app.store.clone()).take(Topic::Readings, &records).await.expect("taken");
    house
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

async fn version(house: &House, who: &Person) -> String {
    let all = parsed(&house.get(Some(who), "/api/v1/plans").await.text());
    all["version"].as_str().expect("a version").to_owned()
}

#[tokio::test]
async fn a_city_without_devices_has_no_map_and_shows_no_way_to_one() {
    let house = House::new().await;
    let who = house.person("li", Role::Viewer, "").await;
    for path in ["/map", "/plans", "/api/v1/plans", "/api/v1/vehicles", "/api/v1/devices"] {
        assert_eq!(house.get(Some(&who), path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert!(!house.get(Some(&who), "/queue").await.text().contains("href=\"/map\""));
}

#[tokio::test]
async fn vehicles_their_track_and_its_files_are_there_and_every_look_is_written_down() {
    let house = house("").await;
    let who = house.person("li", Role::Viewer, "").await;
    let all = parsed(&house.get(Some(&who), "/api/v1/vehicles").await.text());
    let told: Vec<_> = all["devices"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|v| (v["device"].as_str(), v["state"].as_str()))
        .collect();
    // Ten minutes after eight the last word is five minutes old.
    assert_eq!(told, [(Some("t-1"), Some("moving")), (Some("t-9"), Some("unknown"))]);
    let since = EIGHT + 290_000;
    assert_eq!(
        parsed(&house.get(Some(&who), &format!("/api/v1/vehicles?since={since}")).await.text())["devices"],
        json!([])
    );
    let track = parsed(&house.get(Some(&who), "/api/v1/vehicles/t-1/track").await.text());
    assert_eq!(
        (track["points"].as_array().map(Vec::len), &track["stops"], &track["next"]),
        (Some(30), &json!([]), &Value::Null)
    );
    let part = "/api/v1/vehicles/t-1/track?from=2026-06-01T08:00:10+08:00&until=2026-06-01T08:00:30%2B08:00";
    assert_eq!(parsed(&house.get(Some(&who), part).await.text())["points"].as_array().map(Vec::len), Some(2));
    let csv = house.get(Some(&who), "/api/v1/vehicles/t-1/track/csv").await;
    assert!(csv.header("content-disposition").contains("track-t-1.csv"));
    assert_eq!(
        (csv.text().lines().count(), csv.text().contains("2026-06-01T08:00:00+08:00,118.9,32.1,36")),
        (31, true),
        "{}",
        csv.text()
    );
    let map = parsed(&house.get(Some(&who), "/api/v1/vehicles/t-1/track/geojson").await.text());
    assert_eq!(map["features"][0]["geometry"]["coordinates"].as_array().map(Vec::len), Some(30));
    let area = "west=118.9005&south=32.09&east=118.9105&north=32.11&from=1780272000000&until=1780273000000";
    let here = parsed(&house.get(Some(&who), &format!("/api/v1/tracks?{area}")).await.text());
    assert_eq!((here[0]["device"].as_str(), here[0]["passes"][0]["from"].as_i64()), (Some("t-1"), Some(EIGHT + 5000)));
    for wrong in [
        "/api/v1/vehicles/t-1/track?from=now",
        "/api/v1/vehicles/t-1/track?from=5&until=5",
        "/api/v1/tracks?west=1&south=1&east=5&north=5",
    ] {
        assert_eq!(house.get(Some(&who), wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
    assert!(house.audited("export").await.iter().any(|(about, detail)| about == "t-1" && detail.contains("csv")));
    assert!(house.audited("view").await.iter().any(|(about, detail)| about == "t-1" && detail.starts_with("track")));
}

#[tokio::test]
async fn people_of_a_district_see_its_devices_and_no_tracks() {
    let house = house("").await;
    let who = house.person("sun", Role::Supervisor, "320113").await;
    for path in [
        "/api/v1/vehicles",
        "/api/v1/vehicles/t-1/track",
        "/api/v1/vehicles/t-1/stops",
        "/api/v1/vehicles/t-1/track/csv",
        "/api/v1/tracks?west=1&south=1&east=1.1&north=1.1",
    ] {
        assert_eq!(house.get(Some(&who), path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let devices = house.get(Some(&who), "/api/v1/devices").await.text();
    assert!(devices.contains("bin-1") && devices.contains("\"full\"") && !devices.contains("bin-2"), "{devices}");
    assert!(!house.get(Some(&who), "/api/v1/plans").await.text().contains("bin-2"));
    assert!(!house.get(Some(&who), "/plans?kind=devices").await.text().contains("bin-2"));
    let page = house.get(Some(&who), "/map").await.text();
    assert!(page.contains("people of the whole city") && !page.contains("data-side=\"vehicles\""));
}

#[tokio::test]
async fn names_from_outside_stay_text_and_only_a_named_tile_server_may_send_pictures() {
    let house = house("tiles = \"https://tiles.example:8443/{z}/{x}/{y}.png\"\n").await;
    let who = house.person("li", Role::Viewer, "").await;
    let table = house.get(Some(&who), "/plans?kind=vehicles").await;
    assert!(
        !table.text().contains("<script>alert") && table.text().contains("&#60;script&#62;alert"),
        "{}",
        table.text()
    );
    let policy = |answer: &super::super::testing::Answer| answer.header("content-security-policy").to_owned();
    let map = house.get(Some(&who), "/map").await;
    assert!(policy(&map).contains("img-src 'self' https://tiles.example:8443;"), "{}", policy(&map));
    assert!(policy(&table).contains("img-src 'self';") && !policy(&table).contains("tiles"));
    assert!(!map.text().contains("data-form"), "a viewer has no forms");
}

#[tokio::test]
async fn only_a_supervisor_changes_plans_over_what_they_saw_and_it_is_written_down() {
    let house = house("").await;
    let viewer = house.person("li", Role::Reviewer, "").await;
    let who = house.person("sun", Role::Supervisor, "").await;
    let base = version(&house, &who).await;
    let item = json!({"id": "tip", "fields": {"kind": "site", "name": "Tip"}, "geometry": [[[118.8, 32.1], [118.81, 32.1], [118.81, 32.11]]]});
    let edit = json!({"base": base, "item": item});
    let file = house.folder.path().join("plans/fences.geojson");
    let written = || std::fs::read_to_string(&file).expect("there");
    assert_eq!(house.json(Some(&viewer), "PUT", "/api/v1/plans/fences", &edit).await.status, StatusCode::FORBIDDEN);
    assert!(!written().contains("tip"));
    let saved = house.json(Some(&who), "PUT", "/api/v1/plans/fences", &edit).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.text());
    assert!(written().contains("tip"));
    assert_eq!(parsed(&saved.text())["version"].as_str(), Some(version(&house, &who).await.as_str()));
    assert_eq!(house.json(Some(&who), "PUT", "/api/v1/plans/fences", &edit).await.status, StatusCode::CONFLICT);
    let base = version(&house, &who).await;
    let wrong = json!({"base": base, "was": "tip", "item": {"id": "tip", "fields": {"kind": "pond"}, "geometry": []}});
    let refused = house.json(Some(&who), "PUT", "/api/v1/plans/fences", &wrong).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    let fields = parsed(&refused.text());
    let fields: Vec<_> = fields["problems"].as_array().expect("a list").iter().map(|p| p["field"].as_str()).collect();
    assert_eq!(fields, [Some("kind"), Some("geometry")]);
    let gone = house.json(Some(&who), "DELETE", &format!("/api/v1/plans/fences?base={base}&id=tip"), &json!({})).await;
    assert_eq!(gone.status, StatusCode::OK, "{}", gone.text());
    assert!(!written().contains("tip"));
    assert_eq!(house.json(Some(&who), "PUT", "/api/v1/plans/ponds", &edit).await.status, StatusCode::NOT_FOUND);
    let lines = house.audited("setting").await;
    let told = |detail: &str| ("tip".to_owned(), detail.to_owned());
    assert_eq!(lines, [told("fence deleted"), told("fence added")]);
}

#[tokio::test]
async fn a_citys_roads_may_be_brought_in_at_once_by_who_may_and_by_nobody_else() {
    let house = house("").await;
    let (viewer, who) = (house.person("li", Role::Reviewer, "").await, house.person("sun", Role::Supervisor, "").await);
    let road = |n: usize| {
        format!(
            "{{\"type\":\"Feature\",\"properties\":{{\"id\":\"road-{n}\",\"limit_kmh\":50}},\"geometry\":{{\"type\":\"LineString\",\"coordinates\":[[118.9,32.1],[118.95,32.1{n:05}]]}}}}"
        )
    };
    let text = format!(
        "{{\"type\":\"FeatureCollection\",\"features\":[{}]}}",
        (0..3000).map(road).collect::<Vec<_>>().join(",")
    );
    assert!(text.len() > crate::console::web::LARGEST_BODY);
    let file = json!({"name": "roads.geojson", "text": text});
    let refused = house.json(Some(&viewer), "POST", "/api/v1/plans/roads/import", &file).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
    let seen = house.json(Some(&who), "POST", "/api/v1/plans/roads/import", &file).await;
    let preview = parsed(&seen.text());
    assert_eq!((seen.status, preview["added"].as_array().map(Vec::len)), (StatusCode::OK, Some(3000)));
    assert!(!house.folder.path().join("plans/roads.geojson").exists());
    let mut apply = file.clone();
    apply["base"] = preview["base"].clone();
    let done = house.json(Some(&who), "POST", "/api/v1/plans/roads/import", &apply).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text());
    let all = parsed(&house.get(Some(&who), "/api/v1/plans").await.text());
    assert_eq!(all["roads"].as_array().map(Vec::len), Some(3000));
    let large = json!({"id": "x", "fields": {"name": "n".repeat(300_000)}});
    let edit = house.json(Some(&who), "PUT", "/api/v1/plans/roads", &json!({"base": "", "item": large})).await;
    assert_eq!(edit.status, StatusCode::PAYLOAD_TOO_LARGE, "a form stays a form");
}

#[tokio::test]
async fn a_devices_candidate_tells_its_readings_and_leads_to_its_track_then() {
    let house = house("").await;
    let candidate = Candidate {
        id: super::super::testing::id(77),
        rule: "illegal-stop".into(),
        camera: "t-1".into(),
        preset: String::new(),
        zone: "vehicle".into(),
        grid: Some("320113001".into()),
        sensor: Some(examples::sensor_finding()),
        evidence: vec![],
        ..examples::candidate()
    };
    let path = format!("/candidates/{}", candidate.id);
    Intake::new(house.app.store.clone()).take(Topic::Dispatch, &[dispatched(9, &candidate)]).await.expect("taken");
    let who = house.person("li", Role::Reviewer, "").await;
    let page = house.get(Some(&who), &path).await.text();
    for words in [
        "Stop outside sites",
        "苏A12345",
        "12 min · limit 5 min",
        "read by camera c-001",
        "there are no camera pictures",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(page.contains(&format!("/map?vehicle=t-1&#38;at={EIGHT}")) && page.contains("Its track then"), "{page}");
    assert!(house.get(Some(&who), "/queue?rule=illegal-stop").await.text().contains("苏A12345"));
    assert!(house.get(Some(&who), "/queue?text=12345").await.text().contains(&path));
    let near = house.person("sun", Role::Reviewer, "320113").await;
    assert!(!house.get(Some(&near), &path).await.text().contains("/map?vehicle"), "a district's people see no tracks");
}
