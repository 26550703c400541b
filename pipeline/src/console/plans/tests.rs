//! Changes of the plans: what is written, what is refused, who was first.

use super::{Change, Item, NotSaved, PlanBook, item, items};
use crate::plans::PlanKind;
use std::collections::BTreeMap;
use std::path::Path;
use tempfile::TempDir;

const FENCES: &str = r#"{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"id":"school","name":"School","kind":"no-entry","schedule":"Mon-Fri 07:00-09:00","classes":["muck-truck","sweeper"],"max_stay":"2h"},"geometry":{"type":"Polygon","coordinates":[[[118.9,32.1],[118.91,32.1],[118.91,32.11],[118.9,32.1]]]}},
{"type":"Feature","properties":{"id":"tip","kind":"site"},"geometry":{"type":"Polygon","coordinates":[[[118.8,32.1],[118.81,32.1],[118.81,32.11],[118.8,32.1]]]}}]}"#;
const LINE: &str = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"id":"a","limit_kmh":50,"width_m":20},"geometry":{"type":"LineString","coordinates":[[118.9,32.1],[118.95,32.1]]}}]}"#;
const WORK: &str = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"id":"w","days":["Mon","Sun"],"from":"22:00","until":"02:00","share":0.8},"geometry":{"type":"MultiLineString","coordinates":[[[118.9,32.1],[118.95,32.1]],[[118.9,32.2],[118.95,32.2]]]}}]}"#;

fn book() -> (TempDir, PlanBook) {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    write("fences.geojson", FENCES);
    write("routes.geojson", &LINE.replace("\"limit_kmh\":50,", ""));
    write("roads.geojson", &LINE.replace(",\"width_m\":20", "").replace("\"a\"", "\"b\""));
    write("plans.geojson", WORK);
    write("vehicles.csv", "device,plate,class,name\nt-1,苏A1,muck-truck,Truck one\n");
    write(
        "permits.csv",
        "id,vehicle,from,until,schedule,routes,sites,enter\np-1,t-1,2026-01-01T00:00:00+08:00,,,a,tip,\n",
    );
    write("devices.csv", "device,kind,component,name,lon,lat,grid,camera,zone\nbin-1,bin,,,118.9,32.1,320113001,,\n");
    let book = PlanBook::new(Some(folder.path().to_owned()));
    (folder, book)
}

fn with(item: &Item, field: &str, text: &str) -> Item {
    let mut item = item.clone();
    item.fields.insert(field.to_owned(), text.to_owned());
    item
}

fn told(error: NotSaved) -> Vec<(String, String)> {
    match error {
        NotSaved::Refused(problems) => problems.into_iter().map(|p| (p.field, p.reason)).collect(),
        other => panic!("{other:?}"),
    }
}

fn text(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).expect("there")
}

#[tokio::test]
async fn every_item_saved_as_it_is_changes_nothing() {
    let (_folder, book) = book();
    let now = book.now().await.expect("read");
    assert_eq!(now.problems, None);
    let mut seen = 0;
    for kind in PlanKind::ALL {
        for item in items(kind, &now.plans) {
            let change = Change::Save { kind, was: Some(item.id.clone()), item };
            assert_eq!(book.change(&now.version, change).await.expect("saved"), now.version, "{kind:?}");
            seen += 1;
        }
    }
    assert_eq!(seen, 8);
}

#[tokio::test]
async fn a_new_fence_is_in_the_file_and_whoever_saw_the_plans_before_it_is_told() {
    let (folder, book) = book();
    let before = book.now().await.expect("read");
    let mut fence = item(PlanKind::Fences, &before.plans, "school").expect("there");
    fence.id = " hospital ".into();
    fence.fields.remove("name");
    let save = |was: Option<&str>, item: &Item| Change::Save {
        kind: PlanKind::Fences,
        was: was.map(str::to_owned),
        item: item.clone(),
    };
    let after = book.change(&before.version, save(None, &fence)).await.expect("saved");
    assert!(text(folder.path(), "fences.geojson").contains("\"hospital\""));
    let now = book.now().await.expect("read");
    assert_eq!((now.version.as_str(), now.plans.plan.fences.len()), (after.as_str(), 3));
    let late = book.change(&before.version, save(Some("hospital"), &with(&fence, "kind", "site"))).await;
    assert!(matches!(late, Err(NotSaved::Changed)), "{late:?}");
    let twice = told(book.change(&after, save(None, &fence)).await.expect_err("there already"));
    assert_eq!(twice[0].0, "id");
}

#[tokio::test]
async fn what_is_wrong_is_told_by_field_and_nothing_is_written() {
    let (folder, book) = book();
    let now = book.now().await.expect("read");
    let before = text(folder.path(), "fences.geojson");
    let fence = item(PlanKind::Fences, &now.plans, "school").expect("there");
    let save = |item: Item| Change::Save { kind: PlanKind::Fences, was: Some("school".into()), item };
    let wrong = with(&with(&fence, "schedule", "whenever"), "max_stay", "long");
    let fields = told(book.change(&now.version, save(wrong)).await.expect_err("refused"));
    assert_eq!(fields.iter().map(|(field, _)| field.as_str()).collect::<Vec<_>>(), ["schedule", "max_stay"]);
    assert!(fields.iter().all(|(_, why)| !why.contains("/tmp") && why.contains("write it like")), "{fields:?}");
    let flat = Item { geometry: vec![vec![[118.9, 32.1], [118.91, 32.1]]], ..fence.clone() };
    assert_eq!(told(book.change(&now.version, save(flat)).await.expect_err("refused"))[0].0, "geometry");
    let unknown = told(book.change(&now.version, save(with(&fence, "colour", "red"))).await.expect_err("refused"));
    assert!(unknown[0].0 == "colour" && unknown[0].1.contains("schedule"), "{unknown:?}");
    assert_eq!(text(folder.path(), "fences.geojson"), before);
}

#[tokio::test]
async fn what_a_permit_names_can_be_neither_deleted_nor_renamed_away() {
    let (folder, book) = book();
    let now = book.now().await.expect("read");
    let gone = Change::Delete { kind: PlanKind::Fences, id: "tip".into() };
    let why = told(book.change(&now.version, gone).await.expect_err("refused"));
    assert!(why[0].1.contains("permits.csv") && why[0].1.contains("\"tip\""), "{why:?}");
    assert!(!why[0].1.contains(&folder.path().display().to_string()), "{why:?}");
    let mut fence = item(PlanKind::Fences, &now.plans, "tip").expect("there");
    fence.id = "dump".into();
    let renamed = Change::Save { kind: PlanKind::Fences, was: Some("tip".into()), item: fence };
    told(book.change(&now.version, renamed).await.expect_err("refused"));
    let permit = Change::Delete { kind: PlanKind::Permits, id: "p-1".into() };
    let after = book.change(&now.version, permit).await.expect("deleted");
    let gone = Change::Delete { kind: PlanKind::Fences, id: "tip".into() };
    book.change(&after, gone).await.expect("nobody names it any more");
    assert!(!text(folder.path(), "fences.geojson").contains("tip"));
}

#[tokio::test]
async fn a_file_is_looked_at_before_it_is_brought_in() {
    let (folder, book) = book();
    let csv = "device,plate,class\nt-1,苏A1,sweeper\nt-2,苏A2,other\n";
    let seen = book.preview(PlanKind::Vehicles, "../../t.csv".into(), csv.into()).await.expect("looked at");
    assert_eq!(
        (seen.added.as_slice(), seen.changed.as_slice(), seen.same),
        (&["t-2".to_owned()][..], &["t-1".to_owned()][..], 0)
    );
    assert!(!text(folder.path(), "vehicles.csv").contains("t-2"), "nothing is written yet");
    let bad = "device,plate,class\nt-3,,rocket\nt-4,,sweeper\nt-4,,sweeper\n";
    let why = told(book.preview(PlanKind::Vehicles, "t.csv".into(), bad.into()).await.expect_err("refused"));
    assert_eq!(why.len(), 2, "{why:?}");
    assert!(why[0].1.contains("line 2") && why[0].1.contains("rocket"), "{why:?}");
    let change = || Change::Import { kind: PlanKind::Vehicles, name: "t.csv".into(), text: csv.into() };
    book.change(&seen.base, change()).await.expect("brought in");
    assert!(text(folder.path(), "vehicles.csv").contains("t-2"));
    assert!(text(folder.path(), "vehicles.csv").contains("Truck one"), "a file without names keeps those there are");
    assert!(matches!(book.change(&seen.base, change()).await, Err(NotSaved::Changed)));
}

#[tokio::test]
async fn a_folder_that_is_broken_by_hand_keeps_its_last_good_plans_and_takes_no_edits() {
    let (folder, book) = book();
    let good = book.now().await.expect("read");
    std::fs::write(folder.path().join("roads.geojson"), "{").expect("written");
    let now = book.now().await.expect("read");
    assert_eq!(now.version, good.version);
    assert!(now.problems.is_some_and(|p| p.contains("roads.geojson")));
    let item = item(PlanKind::Vehicles, &good.plans, "t-1").expect("there");
    let change = Change::Save { kind: PlanKind::Vehicles, was: Some("t-1".into()), item };
    assert!(matches!(book.change(&good.version, change).await, Err(NotSaved::Broken(_))));
    let none = PlanBook::new(None);
    assert!(none.now().await.expect("read").plans.plan.fences.is_empty());
    let nothing = Item { id: "x".into(), fields: BTreeMap::new(), geometry: vec![] };
    let change = Change::Save { kind: PlanKind::Vehicles, was: None, item: nothing };
    assert!(matches!(none.change("", change).await, Err(NotSaved::NoPlans)));
}
