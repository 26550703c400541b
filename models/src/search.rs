//! Where manifests and weights lie.

use std::path::{Path, PathBuf};

/// Folders to look through, first match wins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModelSearch {
    /// Folders that hold model folders (each with a `model.toml`).
    pub manifests: Vec<PathBuf>,
    /// Further folders that may hold the weights, beside the manifest's own.
    pub weights: Vec<PathBuf>,
}

impl ModelSearch {
    /// From STREETWATCH_MODELS and STREETWATCH_WEIGHTS (lists like PATH); where one
    /// is not set, `models/weights` and `../shared/data/models` below the current
    /// directory, the executable, or any folder above them.
    pub fn from_env() -> ModelSearch {
        let listed = |name: &str| std::env::var_os(name).map(|v| std::env::split_paths(&v).collect::<Vec<_>>());
        ModelSearch {
            manifests: listed("STREETWATCH_MODELS").unwrap_or_else(|| upwards("models/weights")),
            weights: listed("STREETWATCH_WEIGHTS").unwrap_or_else(|| upwards("../shared/data/models")),
        }
    }

    /// The folder of the model `name`; a path to a folder with a `model.toml` is
    /// taken as it is.
    pub fn manifest_folder(&self, name: &str) -> Option<PathBuf> {
        let holds = |folder: &Path| folder.join("model.toml").is_file();
        let direct = PathBuf::from(name);
        if holds(&direct) {
            return Some(direct);
        }
        self.manifests.iter().map(|f| f.join(name)).find(|f| holds(f))
    }

    /// The weights `file` of the manifest in `folder`.
    pub fn weights_file(&self, folder: &Path, file: &str) -> Option<PathBuf> {
        std::iter::once(folder)
            .chain(self.weights.iter().map(PathBuf::as_path))
            .map(|f| f.join(file))
            .find(|f| f.is_file())
    }
}

/// `tail` below the current directory and the executable's folder and all folders
/// above them, where it exists.
pub(crate) fn upwards(tail: &str) -> Vec<PathBuf> {
    let here = std::env::current_dir().ok();
    let exe = std::env::current_exe().ok();
    let mut found = Vec::new();
    for start in [here.as_deref(), exe.as_deref().and_then(Path::parent)].into_iter().flatten() {
        for folder in start.ancestors() {
            let candidate = folder.join(tail);
            if candidate.exists() && !found.contains(&candidate) {
                found.push(candidate);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifests_own_folder_comes_before_the_extra_ones() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let (own, extra) = (dir.path().join("m/one"), dir.path().join("w"));
        for folder in [&own, &extra] {
            std::fs::create_dir_all(folder).expect("a folder");
        }
        std::fs::write(own.join("model.toml"), "").expect("a file");
        std::fs::write(extra.join("a.onnx"), "x").expect("a file");
        let search = ModelSearch { manifests: vec![dir.path().join("m")], weights: vec![extra.clone()] };
        assert_eq!(search.manifest_folder("one"), Some(own.clone()));
        assert_eq!(search.manifest_folder("two"), None);
        assert_eq!(search.weights_file(&own, "a.onnx"), Some(extra.join("a.onnx")));
        std::fs::write(own.join("a.onnx"), "y").expect("a file");
        assert_eq!(search.weights_file(&own, "a.onnx"), Some(own.join("a.onnx")));
        assert_eq!(search.weights_file(&own, "b.onnx"), None);
    }
}
