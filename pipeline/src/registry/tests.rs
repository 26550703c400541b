#![allow(clippy::unwrap_used)]
//! What the one who keeps the census is told.

use super::{Checks, Imported, Registry, import_text};
use crate::codes::ClassTable;
use crate::payload::{ComponentNature, ComponentState, Outline, Shape};
use proptest::prelude::*;
use std::path::Path;

const CSV: &str = "\
GLBJBSM,GLBJMC,ZGBMDM,ZGBMMC,SZDYWGBSM,GLBJZT,CSRQ,longitude,latitude,camera,preset,polygon,polyline
32011301002000123,污水井盖,320113000000000001,市政处,320113001001001,完好,20260105,118.96,32.13,c-001,home,\"[[0.4, 0.6], [0.5, 0.6], [0.5, 0.7]]\",
32011303005000007,垃圾箱,320113000000000002,环卫处,320113001001001,破损,2026-01-05,118.97,32.13,c-001,,0.1 0.6; 0.2 0.6; 0.2 0.8,
32011302017000001,交通护栏,320113000000000001,市政处,320113001001001,完好,2026/1/5,,,c-002,gate,,0.1 0.5; 0.9 0.5
";

fn checks() -> Checks {
    let tables = ["gbt-47678.5-2026", "cjt-214-2007"].map(|t| ClassTable::open(t).unwrap()).to_vec();
    Checks { district: Some("320113".to_owned()), tables }
}

fn read(name: &str, text: &str) -> Imported {
    let mut imported = Imported::default();
    import_text(Path::new(name), text, &checks(), &mut imported).unwrap();
    imported
}

/// The one complaint about a census of one row.
fn only(header: &str, row: &str) -> String {
    let imported = read("c.csv", &format!("{header}\n{row}\n"));
    let said: Vec<_> = imported.problems.iter().map(ToString::to_string).collect();
    assert_eq!((said.len(), imported.components.len()), (1, 0), "{said:#?}");
    said.into_iter().next().unwrap()
}

fn file_error(name: &str, text: &str) -> String {
    import_text(Path::new(name), text, &checks(), &mut Imported::default()).unwrap_err().to_string()
}

#[test]
fn a_census_in_the_standards_own_columns_is_taken_whole() {
    let imported = read("census.csv", CSV);
    assert_eq!((imported.problems.len(), imported.remarks.len()), (0, 0), "{imported:#?}");
    let [cover, bin, railing] = imported.components.as_slice() else { panic!("{imported:#?}") };
    assert_eq!((cover.class_code.as_str(), cover.nature, cover.urgent), ("01002", ComponentNature::Flat, true));
    assert_eq!(cover.shape, Some(Shape::Point([118.96, 32.13])));
    assert_eq!((bin.state, bin.nature, bin.urgent), (ComponentState::Damaged, ComponentNature::Standing, false));
    assert_eq!((bin.views[0].preset.as_str(), bin.entered.as_deref()), ("home", Some("2026-01-05")));
    assert_eq!(railing.nature, ComponentNature::Line);
    assert!(matches!(&railing.views[0].outline, Outline::Polyline(points) if points.len() == 2));
    let owner = cover.competent.as_ref().unwrap();
    assert_eq!(owner.name.as_deref(), Some("市政处"));
}

#[test]
fn the_same_census_as_geojson_gives_the_same_components() {
    let json = serde_json::json!({"type": "FeatureCollection", "features": [{
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [118.96, 32.13]},
        "properties": {
            "GLBJBSM": 32011301002000123u64, "GLBJMC": "污水井盖", "ZGBMDM": "320113000000000001",
            "ZGBMMC": "市政处", "SZDYWGBSM": "320113001001001", "GLBJZT": "完好", "CSRQ": 20260105,
            "views": [{"camera": "c-001", "polygon": [[0.4, 0.6], [0.5, 0.6], [0.5, 0.7]]}],
        },
    }]});
    let imported = read("census.geojson", &json.to_string());
    assert_eq!(imported.components, read("census.csv", CSV).components[..1], "{:?}", imported.problems);
}

#[test]
fn old_ids_of_sixteen_digits_with_their_own_columns_are_taken_too() {
    let text = "ObjID,SmallClass,BGID,DeptCode1,DeptName1,ObjState,ORDate\n\
                3201130102048188,污水井盖,320113110152102,1,市政,完好,2015-03-02 00:00:00\n";
    let imported = read("old.csv", text);
    assert_eq!(imported.problems, []);
    assert_eq!((imported.components[0].class_code.as_str(), imported.components[0].urgent), ("0102", true));
    assert_eq!(imported.components[0].entered.as_deref(), Some("2015-03-02"));
}

#[test]
fn bad_rows_are_listed_with_row_field_and_reason_and_the_good_ones_are_kept() {
    let mut text = CSV.to_owned();
    text.push_str("3201130100200012,盖,1,a,,完好,,,,,,,\n32010001002000124,盖,1,a,,完好,,,,,,,\n");
    text.push_str(
        "32011301002000125,盖,1,a,,broken,,,,,,,\n32011301002000126,盖,1,a,,完好,,,,c-001,,0 0; 1 0; 1 1.5,\n",
    );
    text.push_str("one,two,three,four,five,six,seven,eight,nine,ten,eleven,twelve,thirteen,fourteen\n");
    let imported = read("census.csv", &text);
    assert_eq!(imported.components.len(), 3);
    let said: Vec<_> = imported.problems.iter().map(ToString::to_string).collect();
    let expected = [
        "census.csv:5: id: 3201130100200012 has 16 digits, and its class 0100 is not in table cjt-214-2007; is a digit missing?",
        "census.csv:6: id: 32010001002000124 is of division 320100, this city's ids begin with 320113",
        "census.csv:7: state: \"broken\" is none of 完好 (whole), 破损 (damaged)",
        "census.csv:8: polygon: point 2 (1, 1.5) lies outside the picture",
        "census.csv:9: has 14 fields where the first line names 13",
    ];
    assert_eq!(said.len(), expected.len(), "{said:#?}");
    for (said, expected) in said.iter().zip(&expected) {
        assert!(said.starts_with(expected), "{said}");
    }
}

#[test]
fn codes_of_the_wrong_length_or_class_say_what_a_code_is() {
    assert!(only("id", "320113010020001234").contains("has 18 digits: an id has 17"));
    assert!(only("id", "3.20113E+16").contains("format the column as text"));
    assert!(only("id,name", "32011377002000123,x").contains("has no major class 77"));
    assert!(only("id", "32011301099000123").contains("give the row a name"));
    assert!(only("id,name", ",盖").contains("id: is missing"));
    assert!(only("id,grid", "32011301002000123,32011300100100100001").contains("CJ/T 349"));
    assert!(only("id,entered", "32011301002000123,2026-13-01").contains("is no date"));
    assert!(only("id,polygon", "32011301002000123,0 0; 1 0; 1 1").contains("camera: an outline needs the camera"));
    assert!(only("id,camera,polyline", "32011303005000123,c,0 0; 1 1").contains("is an area"));
    assert!(only("id,longitude,latitude", "32011301002000123,32.1,118.9").contains("swapped"));
}

#[test]
fn a_duplicate_id_is_refused_unless_it_only_adds_a_view() {
    let header = "id,name,camera,polygon";
    let first = "32011301002000123,盖,c-001,0.1 0.1; 0.2 0.1; 0.2 0.2";
    let told = |second: &str| {
        let imported = read("c.csv", &format!("{header}\n{first}\n{second}\n"));
        assert_eq!(imported.components.len(), 1);
        (imported.components[0].views.len(), imported.problems.first().map(ToString::to_string).unwrap_or_default())
    };
    assert_eq!(told("32011301002000123,盖,c-002,0.1 0.1; 0.2 0.1; 0.2 0.2"), (2, String::new()));
    let (views, why) = told(first);
    assert!(views == 1 && why.contains("c.csv:3: id: 32011301002000123 stands at c.csv:2 too"), "{why}");
    assert!(told("32011301002000123,另一个,c-002,0.1 0.1; 0.2 0.1; 0.2 0.2").1.contains("ids are unique"));
    assert!(told("32011301002000123,盖,,").1.contains("word for word"));
}

#[test]
fn a_class_that_the_table_lacks_is_kept_under_the_rows_own_name_and_remarked() {
    let imported = read("c.csv", "id,name\n32011301099000123,新设施\n");
    assert_eq!((imported.components[0].name.as_str(), imported.problems.len()), ("新设施", 0));
    assert!(imported.remarks.iter().any(|r| r.what.starts_with("class 01099 is not in table")));
}

#[test]
fn a_file_that_is_no_register_says_so() {
    assert!(file_error("c.csv", "").contains("is empty"));
    assert!(file_error("c.csv", "a,b\n1,2\n").contains("no column is called id"));
    assert!(file_error("c.csv", "id,ObjID\n1,2\n").contains("two columns are the field `id`"));
    assert!(file_error("c.csv", "id,name\n").contains("holds no component"));
    assert!(file_error("c.geojson", "{").contains("is no JSON"));
    assert!(file_error("c.geojson", "{\"type\": \"Feature\"}").contains("no GeoJSON FeatureCollection"));
    assert!(file_error("c.geojson", "{\"type\": \"FeatureCollection\", \"features\": []}").contains("no component"));
    assert!(file_error("c.xlsx", "PK").contains("neither .csv nor .geojson"));
}

#[test]
fn what_the_standard_demands_and_the_census_lacks_is_remarked_once_with_its_count() {
    let imported = read("c.csv", "\u{feff}id,colour\n32011301002000123,red\n32011301002000124,\n");
    assert_eq!(imported.components.len(), 2);
    let said: Vec<_> = imported.remarks.iter().map(ToString::to_string).collect();
    assert!(said.iter().any(|s| s.contains("`colour` is no field")), "{said:#?}");
    assert!(said.iter().any(|s| s == "c.csv:2: `grid` (SZDYWGBSM) is missing, which GB/T 47678.5 demands (2 rows)"));
    assert_eq!(imported.components[0].name, "污水井盖", "the class's name");
}

#[test]
fn a_view_holds_what_should_stand_there_and_not_what_is_removed() {
    let removed = CSV.replace("破损", "移除");
    let registry = Registry::new(read("c.csv", &removed).components);
    let ids: Vec<_> = registry.in_view("c-001", "home").map(|(c, _)| c.id.as_str()).collect();
    assert_eq!((ids, registry.len()), (vec!["32011301002000123"], 3));
    assert_eq!(registry.in_view("c-001", "gate").count(), 0);
}

proptest! {
    #[test]
    fn no_text_makes_either_parser_panic(text in "\\PC{0,300}", lines in "([a-z0-9,\"\n]|id|polygon){0,80}") {
        for name in ["a.csv", "a.geojson"] {
            for text in [&text, &lines] {
                let _ = import_text(Path::new(name), text, &checks(), &mut Imported::default());
            }
        }
    }

    #[test]
    fn no_edit_of_a_good_csv_makes_it_panic_or_lose_a_row_unsaid(at in 0..CSV.len(), cut in 0..60usize, put in "\\PC{0,12}") {
        let mut text = CSV.to_owned();
        let end = (at + cut).min(text.len());
        if text.is_char_boundary(at) && text.is_char_boundary(end) && !text[at..end].contains('\n') && at > 120 {
            text.replace_range(at..end, &put);
            let rows = text.lines().skip(1).filter(|l| l.split(',').any(|f| !f.trim().trim_matches('"').is_empty())).count();
            let mut imported = Imported::default();
            if !put.contains('"') && !CSV[at..end].contains('"')
                && import_text(Path::new("c.csv"), &text, &checks(), &mut imported).is_ok()
            {
                prop_assert_eq!(imported.components.len() + imported.problems.len(), rows, "{}", text);
            }
        }
    }

    #[test]
    fn no_feature_makes_the_geojson_parser_panic(
        id in "[0-9]{14,18}", kind in "Point|Polygon|Circle|", n in prop::collection::vec(-500f64..500.0, 0..6), deep in 0usize..4
    ) {
        let mut coordinates = serde_json::json!(n);
        for _ in 0..deep {
            coordinates = serde_json::json!([coordinates]);
        }
        let text = serde_json::json!({"type": "FeatureCollection", "features": [
            {"type": "Feature", "id": id, "geometry": {"type": kind, "coordinates": coordinates},
             "properties": {"name": "x", "views": [{"camera": "c", "polygon": coordinates}]}},
            {"type": "Feature", "id": "32011301002000123", "geometry": null, "properties": null},
        ]}).to_string();
        let mut imported = Imported::default();
        import_text(Path::new("a.geojson"), &text, &checks(), &mut imported).unwrap();
        prop_assert!(imported.components.iter().any(|c| c.id == "32011301002000123"));
        prop_assert_eq!(imported.components.len() + imported.problems.len(), 2);
    }
}
