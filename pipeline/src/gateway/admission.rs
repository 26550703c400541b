//! Which terminals may register: all, or those of a list.
//!
//! The list is a CSV file with the columns `device` (the terminal's number),
//! `plate` and, if there is one, `terminal` (the maker's number of the device);
//! others are read over, so the plans' `vehicles.csv` serves. What it names must
//! be what the terminal says: whoever only knows a number cannot take its place.

use super::jt808::Registration;
use arc_swap::ArcSwapOption;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;
use thiserror::Error;

/// What is known of a terminal; an empty text is not looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Known {
    /// Number plate.
    pub plate: String,
    /// The maker's number of the device.
    pub terminal: String,
}

/// Why a list is none.
#[derive(Debug, Error)]
pub enum ListError {
    /// It cannot be read, or is no CSV.
    #[error("{file}: {source}")]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        source: csv::Error,
    },
    /// A column or value is missing or wrong.
    #[error("{file}:{line}: {what}")]
    Wrong {
        /// The file.
        file: PathBuf,
        /// From 1.
        line: u64,
        /// What.
        what: String,
    },
}

/// Who may register.
#[derive(Debug, Default)]
pub struct Admission {
    file: Option<PathBuf>,
    listed: ArcSwapOption<Listed>,
}

#[derive(Debug)]
struct Listed {
    terminals: HashMap<String, Known>,
    changed: Option<SystemTime>,
}

impl Admission {
    /// By this list; without one, whoever asks.
    ///
    /// # Errors
    /// The list cannot be used.
    pub fn open(file: Option<&Path>) -> Result<Admission, ListError> {
        let listed = file.map(read).transpose()?;
        Ok(Admission { file: file.map(Path::to_owned), listed: ArcSwapOption::from_pointee(listed) })
    }

    /// Reads the list again where its file has changed. Blocking.
    ///
    /// # Errors
    /// It cannot be used; what was read before holds on.
    pub fn refresh(&self) -> Result<bool, ListError> {
        let Some(file) = &self.file else { return Ok(false) };
        let before = self.listed.load().as_ref().and_then(|listed| listed.changed);
        if before.is_some() && before == changed(file) {
            return Ok(false);
        }
        self.listed.store(Some(Arc::new(read(file)?)));
        Ok(true)
    }

    /// Whether a registration is taken; else the result to answer with.
    ///
    /// # Errors
    /// 2 where the vehicle is not the one of the list, 4 where the terminal is not in it or another device.
    pub fn register(&self, number: &str, said: &Registration) -> Result<(), u8> {
        let listed = self.listed.load();
        let Some(listed) = listed.as_ref() else { return Ok(()) };
        let known = listed.terminals.get(number).ok_or(4u8)?;
        // Some terminals fill their fields up from the front.
        let padding = |c: char| c == '\0' || c.is_whitespace();
        let differs = |wanted: &str, said: &str| !wanted.is_empty() && wanted != said.trim_matches(padding);
        if differs(&known.plate, &said.plate) {
            return Err(2);
        }
        if differs(&known.terminal, &said.terminal) { Err(4) } else { Ok(()) }
    }

    /// Whether a terminal with the right code is let in: one that has left the list is not.
    pub fn knows(&self, number: &str) -> bool {
        self.listed.load().as_ref().is_none_or(|listed| listed.terminals.contains_key(number))
    }
}

fn changed(file: &Path) -> Option<SystemTime> {
    std::fs::metadata(file).and_then(|about| about.modified()).ok()
}

fn read(file: &Path) -> Result<Listed, ListError> {
    let unreadable = |source| ListError::Unreadable { file: file.to_owned(), source };
    let wrong = |line, what: String| ListError::Wrong { file: file.to_owned(), line, what };
    let changed = changed(file);
    let mut rows = csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_path(file).map_err(unreadable)?;
    let names = rows.headers().map_err(unreadable)?.clone();
    let column = |name: &str| names.iter().position(|n| n.trim_start_matches('\u{feff}') == name);
    let device = column("device").ok_or_else(|| wrong(1, "there is no column `device`".to_owned()))?;
    let (plate, terminal) = (column("plate"), column("terminal"));
    let mut terminals = HashMap::new();
    for row in rows.records() {
        let row = row.map_err(unreadable)?;
        let line = row.position().map_or(0, csv::Position::line);
        let text = |at: Option<usize>| at.and_then(|at| row.get(at)).unwrap_or_default().to_owned();
        let number = text(Some(device));
        let number = number.trim_start_matches('0');
        if number.is_empty() || number.len() > 20 || !number.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong(line, format!("device \"{number}\" is no terminal's number: up to 20 digits")));
        }
        terminals.insert(number.to_owned(), Known { plate: text(plate), terminal: text(terminal) });
    }
    Ok(Listed { terminals, changed })
}

#[cfg(test)]
mod tests {
    use super::super::jt808::{Edition, PlateColour};
    use super::*;

    fn said(plate: &str, terminal: &str) -> Registration {
        Registration {
            edition: Edition::Y2013,
            province: 32,
            city: 113,
            maker: "70111".to_owned(),
            model: "MT-7".to_owned(),
            terminal: terminal.to_owned(),
            colour: PlateColour::Yellow,
            plate: plate.to_owned(),
        }
    }

    fn list(text: &str) -> (tempfile::TempDir, Result<Admission, ListError>) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("vehicles.csv");
        std::fs::write(&file, text).expect("a file");
        let admission = Admission::open(Some(&file));
        (folder, admission)
    }

    #[test]
    fn a_number_alone_does_not_take_a_listed_terminal_s_place() {
        let (_folder, admission) =
            list("device,plate,class,name,terminal\n013800138000,苏A12345,muck-truck,one,7654321\n13800138001,,,,\n");
        let admission = admission.expect("a list");
        assert_eq!(admission.register("13800138000", &said("苏A12345", "7654321")), Ok(()));
        assert_eq!(
            admission.register("13800138000", &said("苏A12345", "\u{0}\u{0}7654321")),
            Ok(()),
            "filled up in front"
        );
        assert_eq!(admission.register("13800138000", &said("苏A99999", "7654321")), Err(2));
        assert_eq!(admission.register("13800138000", &said("苏A12345", "1")), Err(4));
        assert_eq!(admission.register("13800138001", &said("anything", "")), Ok(()), "nothing else is known of it");
        assert_eq!(admission.register("1", &said("", "")), Err(4));
        assert!(admission.knows("13800138001") && !admission.knows("1"));
        let open = Admission::open(None).expect("nothing to read");
        assert!(open.register("1", &said("", "")).is_ok() && open.knows("1"));
    }

    #[test]
    fn a_changed_list_is_read_again_and_a_broken_one_changes_nothing() {
        let (folder, admission) = list("device\n1\n");
        let admission = admission.expect("a list");
        let file = folder.path().join("vehicles.csv");
        let later = |seconds| {
            let opened = std::fs::File::options().write(true).open(&file).expect("our file");
            opened.set_modified(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds)).expect("ours");
        };
        std::fs::write(&file, "device\n2\n").expect("a file");
        later(1_000);
        assert!(admission.refresh().expect("a list") && admission.knows("2") && !admission.knows("1"));
        assert!(!admission.refresh().expect("the same"));
        std::fs::write(&file, "device\nabc\n").expect("a file");
        later(2_000);
        let error = admission.refresh().expect_err("no number").to_string();
        assert!(error.contains("vehicles.csv:2") && error.contains("abc"), "{error}");
        assert!(admission.knows("2"));
    }
}
