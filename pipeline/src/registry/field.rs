//! The fields of a census, and the names that files give them.

/// A field of a component's record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Field {
    Id,
    Name,
    State,
    Nature,
    Urgent,
    CompetentCode,
    CompetentName,
    OwnerCode,
    OwnerName,
    KeeperCode,
    KeeperName,
    Grid,
    StreetCode,
    StreetName,
    CommunityCode,
    CommunityName,
    Entered,
    Changed,
    Source,
    Note,
    Longitude,
    Latitude,
    Shape,
    Camera,
    Preset,
    Polygon,
    Polyline,
    Width,
}

/// Names of each field: ours first, then GB/T 47678.5's, then those of records in use under CJ/T 214.
/// Upper and lower case are the same.
const NAMES: [(Field, &[&str]); 28] = [
    (Field::Id, &["id", "GLBJBSM", "ObjID"]),
    (Field::Name, &["name", "GLBJMC", "ObjName", "SmallClass"]),
    (Field::State, &["state", "GLBJZT", "ObjState"]),
    (Field::Nature, &["nature"]),
    (Field::Urgent, &["urgent"]),
    (Field::CompetentCode, &["competent_code", "ZGBMDM", "DeptCode1"]),
    (Field::CompetentName, &["competent_name", "ZGBMMC", "DeptName1"]),
    (Field::OwnerCode, &["owner_code", "QSDWDM", "DeptCode2"]),
    (Field::OwnerName, &["owner_name", "QSDWMC", "DeptName2"]),
    (Field::KeeperCode, &["keeper_code", "YHDWDM", "DeptCode3"]),
    (Field::KeeperName, &["keeper_name", "YHDWMC", "DeptName3"]),
    (Field::Grid, &["grid", "SZDYWGBSM", "BGID"]),
    (Field::StreetCode, &["street_code", "SZJDDM"]),
    (Field::StreetName, &["street_name", "SZJDMC"]),
    (Field::CommunityCode, &["community_code", "SZSQDM"]),
    (Field::CommunityName, &["community_name", "SZSQMC"]),
    (Field::Entered, &["entered", "CSRQ", "ORDate"]),
    (Field::Changed, &["changed", "BGRQ", "CHDate"]),
    (Field::Source, &["source", "SJLY", "DataSource"]),
    (Field::Note, &["note", "BZ", "Note_"]),
    (Field::Longitude, &["longitude", "lon"]),
    (Field::Latitude, &["latitude", "lat"]),
    (Field::Shape, &["shape", "wkt"]),
    (Field::Camera, &["camera"]),
    (Field::Preset, &["preset"]),
    (Field::Polygon, &["polygon"]),
    (Field::Polyline, &["polyline"]),
    (Field::Width, &["width"]),
];

impl Field {
    /// The field that a column or property of this name is.
    pub fn named(name: &str) -> Option<Field> {
        let name = name.trim();
        NAMES.iter().find(|(_, names)| names.iter().any(|n| n.eq_ignore_ascii_case(name))).map(|(field, _)| *field)
    }

    /// Our own name of it.
    pub fn as_str(self) -> &'static str {
        NAMES.iter().find(|(field, _)| *field == self).map_or("", |(_, names)| names[0])
    }

    /// The fields that GB/T 47678.5 table 2 demands of every component, with the standard's names.
    pub const MANDATORY: [(Field, &'static str); 6] = [
        (Field::Name, "GLBJMC"),
        (Field::CompetentCode, "ZGBMDM"),
        (Field::CompetentName, "ZGBMMC"),
        (Field::Grid, "SZDYWGBSM"),
        (Field::State, "GLBJZT"),
        (Field::Entered, "CSRQ"),
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_by_its_name_in_either_standard() {
        for name in ["id", "GLBJBSM", "glbjbsm", " ObjID "] {
            assert_eq!(Field::named(name), Some(Field::Id), "{name}");
        }
        assert_eq!(Field::named("colour"), None);
    }

    #[test]
    fn no_name_stands_for_two_fields() {
        let all: Vec<String> = NAMES.iter().flat_map(|(_, n)| n.iter().map(|n| n.to_lowercase())).collect();
        let mut unique = all.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), all.len());
        assert!(NAMES.iter().all(|(field, names)| field.as_str() == names[0]));
    }
}
