//! Where a candidate's files lie: `YYYY/MM/DD/<camera>/<candidate id>/end.jpg`.

use crate::payload::{Candidate, EvidenceKind};
use sha2::{Digest, Sha256};

/// The folder of a candidate, by the day on the camera's wall at which it was raised.
pub(super) fn folder(candidate: &Candidate) -> String {
    let date = candidate.raised_at.local().date();
    let camera = safe_name(&candidate.camera);
    format!("{:04}/{:02}/{:02}/{camera}/{}", date.year(), date.month(), date.day(), candidate.id)
}

/// File name of a kind of evidence.
pub(super) const fn file_name(kind: EvidenceKind) -> &'static str {
    match kind {
        EvidenceKind::Start => "start.jpg",
        EvidenceKind::Middle => "middle.jpg",
        EvidenceKind::End => "end.jpg",
        EvidenceKind::Scene => "scene.jpg",
        EvidenceKind::Crop => "crop.jpg",
        EvidenceKind::Clip => "clip.mp4",
        EvidenceKind::Baseline => "baseline.jpg",
        EvidenceKind::Overlay => "overlay.jpg",
        EvidenceKind::Map => "map.jpg",
        EvidenceKind::Track => "track.geojson",
        EvidenceKind::Manifest => "manifest.json",
    }
}

/// A name for a folder that is safe on every file system and in S3. An id
/// that is safe stays as it is; of another one the letters that are kept are
/// followed by a digest, so that two ids never share a folder.
pub(crate) fn safe_name(id: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !id.is_empty() && id.len() <= 64 && id.chars().all(safe) && !id.starts_with('.') && !id.ends_with('.') {
        return id.to_owned();
    }
    let kept: String = id.chars().map(|c| if safe(c) && c != '.' { c } else { '_' }).take(40).collect();
    format!("{kept}~{}", hex::encode(&Sha256::digest(id.as_bytes())[..4]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::examples;
    use operators::vocabulary::EventTime;
    use proptest::prelude::*;

    #[test]
    fn the_day_is_the_one_on_the_cameras_wall() {
        let mut c = examples::candidate();
        // 2026-06-01 23:30 UTC is already the second of June in China.
        c.raised_at = c.raised_at.with_time(EventTime(1_780_356_600_000));
        assert_eq!(folder(&c), format!("2026/06/02/c-001/{}", c.id));
    }

    #[test]
    fn ids_with_slashes_dots_and_han_characters_become_safe_and_stay_apart() {
        assert_eq!(safe_name("c-001"), "c-001");
        for id in ["../../etc", "a/b", "北门", "", ".", "..", "a b", "x."] {
            let name = safe_name(id);
            assert!(!name.contains('/') && !name.starts_with('.') && name.is_ascii(), "{id:?} became {name:?}");
        }
        assert_ne!(safe_name("a/b"), safe_name("a_b"));
        assert_ne!(safe_name("北门"), safe_name("南门"));
    }

    proptest! {
        #[test]
        fn every_id_becomes_one_path_segment_that_the_store_takes(id in "\\PC{0,80}") {
            let name = safe_name(&id);
            prop_assert!(name.len() <= 64);
            prop_assert_eq!(object_store::path::Path::parse(&name).expect("a path").parts().count(), 1);
        }
    }
}
