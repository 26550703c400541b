//! What the page shows: the newest candidates and every camera's health.
//!
//! A view of the topics `dispatch` and `health`, bounded in size; never the truth.

use parking_lot::RwLock;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Candidates kept; older ones leave the page and stay on the topic.
const MAX_CANDIDATES: usize = 500;

/// The newest candidates and every camera's health.
#[derive(Debug)]
pub struct Board {
    city: String,
    /// Folder of the evidence, where it is a local one: its files are served.
    pub(super) evidence: Option<PathBuf>,
    shown: RwLock<Shown>,
}

#[derive(Debug, Default)]
struct Shown {
    /// By (raised_at, id), so that the newest are last.
    candidates: BTreeMap<(String, String), Value>,
    cameras: BTreeMap<String, Value>,
}

impl Board {
    /// An empty board; `evidence` is the local evidence folder where there is one.
    pub fn new(city: impl Into<String>, evidence: Option<PathBuf>) -> Self {
        let evidence = evidence.map(|path| path.canonicalize().unwrap_or(path));
        Board { city: city.into(), evidence, shown: RwLock::default() }
    }

    /// Takes a candidate (the `data` of its event): the last word on an id wins.
    /// Returns whether it could be read.
    pub fn candidate(&self, mut candidate: Value) -> bool {
        let text = |v: &Value, key: &str| v.get(key).and_then(Value::as_str).map(str::to_owned);
        let (Some(raised_at), Some(id)) = (text(&candidate, "raised_at"), text(&candidate, "id")) else { return false };
        for item in candidate.get_mut("evidence").and_then(Value::as_array_mut).into_iter().flatten() {
            let href = text(item, "uri").and_then(|uri| self.href(&uri));
            if let (Some(href), Some(fields)) = (href, item.as_object_mut()) {
                fields.insert("href".to_owned(), Value::String(href));
            }
        }
        let mut shown = self.shown.write();
        shown.candidates.insert((raised_at, id), candidate);
        while shown.candidates.len() > MAX_CANDIDATES {
            shown.candidates.pop_first();
        }
        true
    }

    /// Takes a camera's health.
    pub fn health(&self, camera: &str, health: Value) {
        self.shown.write().cameras.insert(camera.to_owned(), health);
    }

    /// What `/api/board` answers: newest candidates first.
    pub fn render(&self) -> Value {
        let shown = self.shown.read();
        json!({
            "city": self.city,
            "candidates": shown.candidates.values().rev().collect::<Vec<_>>(),
            "cameras": shown.cameras.values().collect::<Vec<_>>(),
        })
    }

    /// Cameras that deliver pictures (or a file that has ended), and all of them, for `/healthz`.
    pub fn online(&self) -> (usize, usize) {
        let shown = self.shown.read();
        let fine = |c: &&Value| matches!(c.get("state").and_then(Value::as_str), Some("online" | "ended"));
        let online = shown.cameras.values().filter(fine).count();
        (online, shown.cameras.len())
    }

    /// The page's own address of an evidence file in the local folder.
    fn href(&self, uri: &str) -> Option<String> {
        let folder = url::Url::from_directory_path(self.evidence.as_ref()?).ok()?;
        uri.strip_prefix(folder.as_str()).map(|rest| format!("/evidence/{rest}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_on_a_candidate_wins_and_the_newest_stands_first() {
        let board = Board::new("demo", None);
        let candidate = |id: &str, at: &str, state: &str| json!({"id": id, "raised_at": at, "state": state});
        assert!(board.candidate(candidate("a", "2026-06-01T08:00:00+08:00", "raised")));
        assert!(board.candidate(candidate("b", "2026-06-01T08:01:00+08:00", "raised")));
        assert!(board.candidate(candidate("a", "2026-06-01T08:00:00+08:00", "ended")));
        assert!(!board.candidate(json!({"id": 3})));
        let shown = board.render();
        assert_eq!(shown["candidates"].as_array().map(Vec::len), Some(2));
        assert_eq!(shown["candidates"][0]["id"], "b");
        assert_eq!(shown["candidates"][1]["state"], "ended");
    }

    #[test]
    fn only_files_of_the_evidence_folder_get_an_address() {
        let board = Board::new("demo", Some(PathBuf::from("/srv/evidence")));
        assert_eq!(board.href("file:///srv/evidence/2026/end.jpg").as_deref(), Some("/evidence/2026/end.jpg"));
        assert_eq!(board.href("file:///etc/passwd"), None);
    }
}
