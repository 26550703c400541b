//! The folder of baselines: `CAMERA/PRESET/PART/v0001/` with `baseline.json`,
//! `grey.pgm`, `spread.pgm`, `picture.jpg`, and `approval.json` once approved.
//!
//! A version appears whole or not at all: it is written beside its place and
//! renamed. Pictures are PGM and JPEG, so that any viewer opens them.

use super::error::BaselineError;
use super::record::{Approval, BaselineRecord, Origin};
use crate::evidence::jpeg;
use crate::evidence::layout::safe_name;
use crate::evidence::raster::Raster;
use crate::payload::OffsetTime;
use operators::components::{Baseline, Grey};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::{fs, io};

const PICTURE_QUALITY: u8 = 92;
/// Largest side of a stored grey picture; ours have at most 1280 columns.
const MOST_SIDE: usize = 4096;

/// A camera at a preset in a part of the day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct View {
    /// Camera id.
    pub camera: String,
    /// Preset.
    pub preset: String,
    /// Part of the day.
    pub part: String,
}

impl std::fmt::Display for View {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "camera {} at preset {}, {}", self.camera, self.preset, self.part)
    }
}

/// A version as it lies in the store.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredBaseline {
    /// What it was made of.
    pub record: BaselineRecord,
    /// Who approved it, if anybody did.
    pub approval: Option<Approval>,
    /// Its folder.
    pub folder: PathBuf,
}

/// The folder.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
}

/// What a new version holds.
pub(super) struct New<'a> {
    pub baseline: &'a Baseline,
    /// The same view in colour, at the grey picture's size.
    pub picture: &'a Raster,
    pub picture_size: [usize; 2],
    pub origin: Origin,
    pub unjudged: Vec<String>,
    pub built_at: OffsetTime,
}

impl Store {
    /// A store in this folder, which need not be there yet.
    pub fn new(root: impl Into<PathBuf>) -> Store {
        Store { root: root.into() }
    }

    /// Every version of a view, oldest first.
    ///
    /// # Errors
    /// The folder or a record in it cannot be read.
    pub fn versions(&self, view: &View) -> Result<Vec<StoredBaseline>, BaselineError> {
        numbers(&self.folder(view))?.into_iter().map(|number| self.read(view, number)).collect()
    }

    /// The newest approved version of a view.
    ///
    /// # Errors
    /// The folder or a record in it cannot be read.
    pub fn approved(&self, view: &View) -> Result<Option<StoredBaseline>, BaselineError> {
        for number in numbers(&self.folder(view))?.into_iter().rev() {
            if self.version_folder(view, number).join("approval.json").is_file() {
                return self.read(view, number).map(Some);
            }
        }
        Ok(None)
    }

    /// One version, or the newest.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn version(&self, view: &View, number: Option<u32>) -> Result<StoredBaseline, BaselineError> {
        let numbers = numbers(&self.folder(view))?;
        let found = match number {
            Some(number) => numbers.contains(&number).then_some(number),
            None => numbers.last().copied(),
        };
        let what = number.map_or_else(|| "baseline".to_owned(), |n| format!("version {n}"));
        let View { camera, preset, part } = view.clone();
        self.read(view, found.ok_or(BaselineError::Missing { what, camera, preset, part })?)
    }

    /// Says that a version shows how things should be. The first word stands.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn approve(&self, stored: &StoredBaseline, approval: &Approval) -> Result<StoredBaseline, BaselineError> {
        let path = stored.folder.join("approval.json");
        if !path.exists() {
            let draft = stored.folder.join(".approval.json");
            write_json(&draft, approval)?;
            fs::rename(&draft, &path).map_err(|source| BaselineError::Io { path: path.clone(), source })?;
        }
        let approval = read_json(&path).map(Some)?;
        Ok(StoredBaseline { approval, ..stored.clone() })
    }

    /// The pictures of a version, checked against what its record says of them.
    ///
    /// # Errors
    /// A file is missing, damaged, of another size than the record says, or shows nothing.
    pub fn open(&self, stored: &StoredBaseline) -> Result<Baseline, BaselineError> {
        let record = &stored.record;
        let grey = self.pgm(stored, "grey.pgm", &record.sha256[0])?;
        let spread = self.pgm(stored, "spread.pgm", &record.sha256[1])?;
        let path = stored.folder.join("grey.pgm");
        let [width, height] = record.grey_size;
        let wrong = |what: String| BaselineError::Damaged { path: path.clone(), what };
        let grey = Grey::new(width, height, grey).ok_or_else(|| wrong(format!("is no picture of {width}x{height}")))?;
        let span = (record.from.event_time(), record.until.event_time());
        Baseline::from_parts(grey, spread, record.pictures, span).map_err(|e| wrong(e.to_string()))
    }

    /// The colour picture of a version.
    ///
    /// # Errors
    /// It is missing or damaged.
    pub fn picture(&self, stored: &StoredBaseline) -> Result<Raster, BaselineError> {
        let path = stored.folder.join("picture.jpg");
        let bytes = fs::read(&path).map_err(|source| BaselineError::Io { path: path.clone(), source })?;
        check_digest(&path, &bytes, &stored.record.sha256[2])?;
        jpeg::decode(&bytes).map_err(|e| BaselineError::Damaged { path, what: e.to_string() })
    }

    /// Writes a new version behind the others.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn add(&self, view: &View, new: &New<'_>) -> Result<StoredBaseline, BaselineError> {
        let home = self.folder(view);
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| BaselineError::Io { path, source }
        };
        fs::create_dir_all(&home).map_err(io(&home))?;
        let grey = new.baseline.grey();
        let (width, height) = (grey.width(), grey.height());
        let picture =
            jpeg::encode(new.picture, PICTURE_QUALITY).map_err(|e| BaselineError::Picture(format!("{view}: {e}")))?;
        let files = [
            ("grey.pgm", pgm(width, height, grey.data())),
            ("spread.pgm", pgm(width, height, new.baseline.spread())),
            ("picture.jpg", picture),
        ];
        let draft = tempfile::tempdir_in(&home).map_err(io(&home))?;
        for (name, bytes) in &files {
            let path = draft.path().join(name);
            fs::write(&path, bytes).map_err(io(&path))?;
        }
        let sha256 = files.map(|(_, bytes)| hex::encode(Sha256::digest(&bytes)));
        let (from, until) = new.baseline.span();
        let mut record = BaselineRecord {
            format: 1,
            camera: view.camera.clone(),
            preset: view.preset.clone(),
            part: view.part.clone(),
            version: 0,
            picture_size: new.picture_size,
            grey_size: [width, height],
            pictures: new.baseline.pictures(),
            from: new.built_at.with_time(from),
            until: new.built_at.with_time(until),
            built_at: new.built_at,
            origin: new.origin.clone(),
            unjudged: new.unjudged.clone(),
            sha256,
        };
        // Another process may take the next number first: a folder with files in it is never renamed over.
        for _ in 0..100 {
            record.version = numbers(&home)?.last().map_or(1, |last| last + 1);
            write_json(&draft.path().join("baseline.json"), &record)?;
            let folder = self.version_folder(view, record.version);
            if fs::rename(draft.path(), &folder).is_ok() {
                let _its_folder_has_moved = draft.keep();
                return self.read(view, record.version);
            }
        }
        let source = io::Error::other("no version could be added");
        Err(BaselineError::Io { path: home, source })
    }

    fn read(&self, view: &View, number: u32) -> Result<StoredBaseline, BaselineError> {
        let folder = self.version_folder(view, number);
        let record: BaselineRecord = read_json(&folder.join("baseline.json"))?;
        let path = folder.join("approval.json");
        let approval = if path.is_file() { Some(read_json(&path)?) } else { None };
        if record.format != 1 {
            let what = format!("has format {}, this version of streetwatch reads 1", record.format);
            return Err(BaselineError::Damaged { path: folder.join("baseline.json"), what });
        }
        Ok(StoredBaseline { record, approval, folder })
    }

    fn pgm(&self, stored: &StoredBaseline, name: &str, digest: &str) -> Result<Vec<u8>, BaselineError> {
        let path = stored.folder.join(name);
        let bytes = fs::read(&path).map_err(|source| BaselineError::Io { path: path.clone(), source })?;
        check_digest(&path, &bytes, digest)?;
        let wrong = |what: String| BaselineError::Damaged { path: path.clone(), what };
        let (width, height, data) = read_pgm(&bytes).ok_or_else(|| wrong("is no 8-bit PGM".to_owned()))?;
        let [w, h] = stored.record.grey_size;
        if (width, height) != (w, h) {
            return Err(wrong(format!("is of {width}x{height}, its record says {w}x{h}")));
        }
        Ok(data.to_vec())
    }

    fn folder(&self, view: &View) -> PathBuf {
        self.root.join(safe_name(&view.camera)).join(safe_name(&view.preset)).join(safe_name(&view.part))
    }

    fn version_folder(&self, view: &View, number: u32) -> PathBuf {
        self.folder(view).join(format!("v{number:04}"))
    }
}

/// The numbers of the versions in a folder, in order; none where it is not there.
fn numbers(folder: &Path) -> Result<Vec<u32>, BaselineError> {
    let failed = |source| BaselineError::Io { path: folder.to_owned(), source };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut numbers = Vec::new();
    for entry in entries {
        let name = entry.map_err(failed)?.file_name();
        numbers.extend(name.to_str().and_then(|n| n.strip_prefix('v')).and_then(|n| n.parse::<u32>().ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

fn check_digest(path: &Path, bytes: &[u8], digest: &str) -> Result<(), BaselineError> {
    if hex::encode(Sha256::digest(bytes)) == digest {
        return Ok(());
    }
    let what = "is not the file that its record was written for".to_owned();
    Err(BaselineError::Damaged { path: path.to_owned(), what })
}

fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), BaselineError> {
    let failed = |source| BaselineError::Io { path: path.to_owned(), source };
    let bytes = serde_json::to_vec_pretty(value).map_err(|e| failed(e.into()))?;
    fs::write(path, bytes).map_err(failed)
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, BaselineError> {
    let bytes = fs::read(path).map_err(|source| BaselineError::Io { path: path.to_owned(), source })?;
    let wrong = |e: serde_json::Error| BaselineError::Damaged { path: path.to_owned(), what: e.to_string() };
    serde_json::from_slice(&bytes).map_err(wrong)
}

/// Binary PGM (`P5`) of 8 bits, as netpbm defines it.
fn pgm(width: usize, height: usize, data: &[u8]) -> Vec<u8> {
    let mut bytes = format!("P5\n{width} {height}\n255\n").into_bytes();
    bytes.extend_from_slice(data);
    bytes
}

/// Columns, rows and pixels of a PGM that [`pgm`] wrote.
fn read_pgm(bytes: &[u8]) -> Option<(usize, usize, &[u8])> {
    let mut parts = bytes.splitn(4, |&b| b == b'\n');
    let (magic, size, depth, data) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let (width, height) = std::str::from_utf8(size).ok()?.split_once(' ')?;
    let (width, height): (usize, usize) = (width.parse().ok()?, height.parse().ok()?);
    let fits = width <= MOST_SIDE && height <= MOST_SIDE && data.len() == width * height;
    (magic == b"P5" && depth == b"255" && fits).then_some((width, height, data))
}
