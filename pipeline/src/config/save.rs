//! Writes a CITY.toml so that a crash leaves the old one or the new one, never half of one, and nobody's edit is lost.

use sha2::{Digest, Sha256};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Copies of earlier files that are kept beside it; the oldest go first.
const KEPT: usize = 100;

/// Why a file was not written. The old one stands.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// Somebody else has changed the file.
    #[error("{} was changed on disk since it was read; read it again", .0.display())]
    Changed(PathBuf),
    /// The disk does not let us.
    #[error("{} cannot be written: {source}; the process needs the right to write its folder", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

/// SHA-256 of a CITY.toml's text, in hex: the configuration version that evidence names.
pub fn version_of(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// Replaces a file that has the version `seen` by `text`. The old one is kept beside it as `CITY.toml.0001` and so
/// on; returns that copy. A link is followed: what it points to is replaced.
///
/// # Errors
/// The file has another version than `seen`, or the disk refuses.
pub fn save(file: &Path, seen: &str, text: &str) -> Result<PathBuf, SaveError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| SaveError::Io { path, source }
    };
    let file = fs::canonicalize(file).map_err(io(file))?;
    let folder = file.parent().map_or_else(|| PathBuf::from("."), Path::to_owned);
    let unchanged = || -> Result<Vec<u8>, SaveError> {
        let old = fs::read(&file).map_err(io(&file))?;
        if hex::encode(Sha256::digest(&old)) == seen { Ok(old) } else { Err(SaveError::Changed(file.clone())) }
    };
    let old = unchanged()?;
    let mut draft = NamedTempFile::new_in(&folder).map_err(io(&folder))?;
    draft.write_all(text.as_bytes()).map_err(io(&file))?;
    let rights = fs::metadata(&file).map_err(io(&file))?.permissions();
    draft.as_file().set_permissions(rights.clone()).map_err(io(&file))?;
    draft.as_file().sync_all().map_err(io(&file))?;
    let copy = keep(&file, &old, rights)?;
    // Once more, just before: what is left is the time of one rename.
    if let Err(error) = unchanged() {
        let _no_copy_of_an_edit_that_was_not_made = fs::remove_file(&copy);
        return Err(error);
    }
    draft.persist(&file).map_err(|e| io(&file)(e.error))?;
    fs::File::open(&folder).and_then(|folder| folder.sync_all()).map_err(io(&folder))?;
    Ok(copy)
}

/// Keeps the old text under the next number.
fn keep(file: &Path, old: &[u8], rights: fs::Permissions) -> Result<PathBuf, SaveError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| SaveError::Io { path, source }
    };
    let mut copies = copies(file).map_err(io(file))?;
    let mut number = copies.last().map_or(1, |(number, _)| number + 1);
    let (mut out, path) = loop {
        let path = numbered(file, number);
        match fs::File::create_new(&path) {
            Ok(out) => break (out, path),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(io(&path)(error)),
        }
    };
    out.set_permissions(rights).map_err(io(&path))?;
    out.write_all(old).and_then(|()| out.sync_all()).map_err(io(&path))?;
    copies.push((number, path.clone()));
    for (_, old) in copies.iter().take(copies.len().saturating_sub(KEPT)) {
        if let Err(error) = fs::remove_file(old) {
            tracing::warn!(path = %old.display(), %error, "an old copy of the configuration stays");
        }
    }
    Ok(path)
}

fn numbered(file: &Path, number: u32) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{number:04}"));
    file.with_file_name(name)
}

/// The copies beside a file, in their order.
fn copies(file: &Path) -> std::io::Result<Vec<(u32, PathBuf)>> {
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let of_ours = path.file_name().and_then(|n| n.to_str()).and_then(|n| n.strip_prefix(&format!("{name}.")));
        let number = of_ours.filter(|n| n.len() >= 4 && n.bytes().all(|b| b.is_ascii_digit()));
        if let Some(number) = number.and_then(|n| n.parse().ok()) {
            found.push((number, path));
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn city(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("CITY.toml");
        fs::write(&file, text).expect("written");
        (folder, file)
    }

    #[test]
    fn the_old_text_is_kept_under_the_next_number() {
        let (folder, file) = city("one");
        let first = save(&file, &version_of("one"), "two").expect("saved");
        let second = save(&file, &version_of("two"), "three").expect("saved");
        assert_eq!(fs::read_to_string(&file).expect("there"), "three");
        assert_eq!(fs::read_to_string(&first).expect("there"), "one");
        assert_eq!(fs::read_to_string(&second).expect("there"), "two");
        assert!(first.ends_with("CITY.toml.0001") && second.ends_with("CITY.toml.0002"));
        assert_eq!(fs::read_dir(folder.path()).expect("there").count(), 3, "no draft is left");
    }

    #[test]
    fn a_file_that_somebody_else_changed_stays_as_it_is() {
        let (folder, file) = city("theirs");
        assert!(matches!(save(&file, &version_of("ours"), "new"), Err(SaveError::Changed(_))));
        assert_eq!(fs::read_to_string(&file).expect("there"), "theirs");
        assert_eq!(fs::read_dir(folder.path()).expect("there").count(), 1);
    }

    #[test]
    fn a_link_is_followed_and_stays_a_link() {
        let (folder, file) = city("one");
        let link = folder.path().join("link.toml");
        std::os::unix::fs::symlink(&file, &link).expect("a link");
        save(&link, &version_of("one"), "two").expect("saved");
        assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
        assert_eq!(fs::read_to_string(&file).expect("there"), "two");
    }

    #[test]
    fn rights_stay_as_they_were() {
        use std::os::unix::fs::PermissionsExt;
        let (_folder, file) = city("one");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("set");
        let copy = save(&file, &version_of("one"), "two").expect("saved");
        for path in [file, copy] {
            assert_eq!(fs::metadata(path).expect("there").permissions().mode() & 0o777, 0o640);
        }
    }
}
