//! Class codes: versioned tables in data, and the crosswalk between generations.
//!
//! Three generations of codes are in use (CJ/T 214-2007, GB/T 30428.2-2013,
//! GB/T 47678.5-2026), cities add their own, and numbers get withdrawn. So a
//! table is a CSV file, named in CITY.toml, and rules speak of *problems*
//! (`motor-misparking`), which a table translates.

mod kinds;

pub use kinds::{ComponentKind, component_kind};

use operators::vocabulary::Label;
use std::collections::BTreeMap;
use thiserror::Error;

const BUILT_IN: [(&str, &str); 3] = [
    ("cjt-214-2007", include_str!("../../data/codes/cjt-214-2007.csv")),
    ("gbt-30428.2-2013", include_str!("../../data/codes/gbt-30428.2-2013.csv")),
    ("gbt-47678.5-2026", include_str!("../../data/codes/gbt-47678.5-2026.csv")),
];
const CROSSWALK: &str = include_str!("../../data/codes/crosswalk.csv");

/// Why a class table cannot be used.
#[derive(Debug, Error)]
pub enum CodesError {
    /// Neither built in nor a file.
    #[error("no class table `{0}`: built in are {known}; or give the path of a CSV file with the columns code,name,kind,problem", known = built_in_names())]
    Unknown(String),
    /// The file cannot be read.
    #[error("class table {path}: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// What went wrong.
        reason: String,
    },
    /// A row is wrong.
    #[error("class table {path}, line {line}: {reason}")]
    BadRow {
        /// The file.
        path: String,
        /// Line, from 1.
        line: u64,
        /// What is wrong.
        reason: String,
    },
}

fn built_in_names() -> String {
    BUILT_IN.map(|(name, _)| name).join(", ")
}

/// A class as dispatch and the city's case system write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// The code, digits only, leading zeros kept.
    pub code: String,
    /// Its name in the table.
    pub name: String,
}

/// One generation of codes.
#[derive(Debug, Clone)]
pub struct ClassTable {
    id: String,
    matters: BTreeMap<String, String>,
    components: BTreeMap<String, String>,
    problems: BTreeMap<String, String>,
}

impl ClassTable {
    /// Opens a built-in table by its name, or a city's own from a CSV file
    /// with the columns `code,name,kind` (`matter` or `component`) and, where a
    /// rule should raise it, `problem`.
    ///
    /// # Errors
    /// An unknown name, an unreadable file, a row without code or with an unknown kind.
    pub fn open(spec: &str) -> Result<ClassTable, CodesError> {
        if let Some((name, text)) = BUILT_IN.iter().find(|(name, _)| *name == spec) {
            let mut table = parse(spec, text)?;
            table.problems = crosswalk_column(name)?;
            return Ok(table);
        }
        if !spec.ends_with(".csv") {
            return Err(CodesError::Unknown(spec.to_owned()));
        }
        let text = std::fs::read_to_string(spec)
            .map_err(|e| CodesError::Unreadable { path: spec.to_owned(), reason: e.to_string() })?;
        parse(spec, &text)
    }

    /// The name CITY.toml gave the table.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The class of a matter by its code.
    pub fn matter(&self, code: &str) -> Option<Class> {
        self.matters.get(code).map(|name| Class { code: code.to_owned(), name: name.clone() })
    }

    /// Every matter, by code: what a reviewer may file a candidate under.
    pub fn matters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.matters.iter().map(|(code, name)| (code.as_str(), name.as_str()))
    }

    /// The class of a component by its code.
    pub fn component(&self, code: &str) -> Option<Class> {
        self.components.get(code).map(|name| Class { code: code.to_owned(), name: name.clone() })
    }

    /// Whether it has components whose class codes are of this length.
    pub fn has_components(&self, digits: usize) -> bool {
        self.components.keys().any(|code| code.len() == digits)
    }

    /// Whether it has components of this major class (two digits) whose codes are of this length.
    pub fn has_major(&self, digits: usize, major: &str) -> bool {
        self.components.keys().any(|code| code.len() == digits && code.starts_with(major))
    }

    /// The class this generation files a problem under, such as `motor-misparking`.
    pub fn problem(&self, problem: &str) -> Option<Class> {
        self.matter(self.problems.get(problem)?)
    }
}

/// The problem a rule of this kind raises, for an object of this label.
pub fn problem_of(rule: &str, label: Label) -> Option<&'static str> {
    Some(match rule {
        "illegal-parking" if label.is_motor_vehicle() => "motor-misparking",
        "illegal-parking" => "non-motor-misparking",
        "street-vending" => "unlicensed-vendor",
        "bin-overflow" => "bin-overflow",
        "muck-truck" => "muck-truck-uncovered",
        _ => return None,
    })
}

fn parse(path: &str, text: &str) -> Result<ClassTable, CodesError> {
    let mut table = ClassTable {
        id: path.to_owned(),
        matters: BTreeMap::new(),
        components: BTreeMap::new(),
        problems: BTreeMap::new(),
    };
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let bad = |line, reason: &str| CodesError::BadRow { path: path.to_owned(), line, reason: reason.to_owned() };
    for row in reader.records() {
        let row = row.map_err(|e| bad(e.position().map_or(0, csv::Position::line), &e.to_string()))?;
        let line = row.position().map_or(0, csv::Position::line);
        let code = row.get(0).unwrap_or_default();
        if code.is_empty() || !code.bytes().all(|b| b.is_ascii_digit()) {
            return Err(bad(line, &format!("`{code}` is no code: digits only")));
        }
        let name = row.get(1).unwrap_or_default();
        let target = match row.get(2) {
            Some("matter") => &mut table.matters,
            Some("component") => &mut table.components,
            other => {
                let kind = other.unwrap_or_default();
                return Err(bad(line, &format!("kind `{kind}` is neither `matter` nor `component`")));
            }
        };
        if target.insert(code.to_owned(), name.to_owned()).is_some() {
            return Err(bad(line, &format!("code {code} stands there twice")));
        }
        if let Some(problem) = row.get(3).filter(|p| !p.is_empty()) {
            table.problems.insert(problem.to_owned(), code.to_owned());
        }
    }
    Ok(table)
}

/// Problem to code for one built-in generation.
fn crosswalk_column(generation: &str) -> Result<BTreeMap<String, String>, CodesError> {
    let unreadable = |reason: String| CodesError::Unreadable { path: "crosswalk.csv".to_owned(), reason };
    let mut reader = csv::Reader::from_reader(CROSSWALK.as_bytes());
    let headers = reader.headers().map_err(|e| unreadable(e.to_string()))?;
    let column = headers
        .iter()
        .position(|h| h == generation)
        .ok_or_else(|| unreadable(format!("no column for {generation}")))?;
    let mut problems = BTreeMap::new();
    for row in reader.records() {
        let row = row.map_err(|e| unreadable(e.to_string()))?;
        if let (Some(problem), Some(code)) = (row.get(0), row.get(column).filter(|c| !c.is_empty())) {
            problems.insert(problem.to_owned(), code.to_owned());
        }
    }
    Ok(problems)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn one_problem_has_its_code_in_each_generation() {
        let code = |table: &str| ClassTable::open(table).unwrap().problem("motor-misparking").unwrap().code;
        assert_eq!(code("cjt-214-2007"), "0505");
        assert_eq!(code("gbt-30428.2-2013"), "0409");
        assert_eq!(code("gbt-47678.5-2026"), "09009");
    }

    #[test]
    fn every_crosswalk_code_stands_in_its_table() {
        for (id, _) in BUILT_IN {
            let table = ClassTable::open(id).unwrap();
            assert!(table.problems.len() >= 18, "{id}");
            for problem in table.problems.keys() {
                assert!(table.problem(problem).is_some(), "{id}: {problem}");
            }
        }
    }

    #[test]
    fn every_rule_has_a_class_in_every_generation() {
        for (id, _) in BUILT_IN {
            let table = ClassTable::open(id).unwrap();
            for rule in ["illegal-parking", "street-vending", "bin-overflow", "muck-truck"] {
                for label in Label::ALL {
                    assert!(table.problem(problem_of(rule, label).unwrap()).is_some(), "{id}: {rule}");
                }
            }
        }
    }

    #[test]
    fn withdrawn_numbers_stay_empty() {
        let table = ClassTable::open("gbt-47678.5-2026").unwrap();
        for gap in ["06031", "07005", "09007"] {
            assert_eq!(table.matter(gap), None);
        }
        assert_eq!(table.matter("06042").unwrap().name, "垃圾站(箱)满溢");
        assert_eq!(table.component("03005").unwrap().name, "垃圾箱");
    }

    #[test]
    fn an_unknown_table_and_a_bad_row_are_refused_with_their_place() {
        assert!(ClassTable::open("gbt-1").unwrap_err().to_string().contains("gbt-47678.5-2026"));
        let error = parse("own.csv", "code,name,kind\n09009,x,matter\nabc,y,matter\n").unwrap_err();
        assert!(error.to_string().starts_with("class table own.csv, line 3"), "{error}");
        let error = parse("own.csv", "code,name,kind\n1,x,matter\n1,y,matter\n").unwrap_err();
        assert!(error.to_string().contains("twice"));
    }
}
