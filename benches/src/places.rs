//! Folders of the workspace.

use std::path::{Path, PathBuf};

/// The workspace's root.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Where clips are kept between runs.
pub fn cache() -> PathBuf {
    root().join(".cache/bench")
}

/// Where results and temporary files go: `bench` in the build folder.
pub fn results() -> PathBuf {
    let built = std::env::current_exe().ok();
    // target/PROFILE/deps/NAME
    let target = built.as_deref().and_then(|exe| exe.ancestors().nth(3)).map(Path::to_owned);
    target.unwrap_or_else(|| root().join("target")).join("bench")
}

/// A file of `../shared`, beside the workspace, where it exists.
pub fn shared(tail: &str) -> Option<PathBuf> {
    Some(root().join("../shared").join(tail)).filter(|p| p.exists())
}
