//! Kinds of components: one kind's class code in each generation, and what it is to a camera.

use super::{Class, ClassTable};
use crate::payload::ComponentNature;
use std::sync::LazyLock;

const KINDS: &str = include_str!("../../data/codes/component-kinds.csv");

/// A kind of component, such as `sewer-cover`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentKind {
    /// Its word.
    pub kind: String,
    /// Major and minor in CJ/T 214-2007, four digits.
    old: Option<String>,
    /// Major and minor in GB/T 47678.5-2026, five digits.
    new: Option<String>,
    /// What it is to a camera.
    pub nature: ComponentNature,
    /// Its fault is an emergency.
    pub urgent: bool,
}

static TABLE: LazyLock<Vec<ComponentKind>> = LazyLock::new(|| KINDS.lines().skip(1).filter_map(read).collect());

fn read(line: &str) -> Option<ComponentKind> {
    let fields: Vec<&str> = line.split(',').collect();
    let [kind, old, new, nature, urgent] = fields.as_slice() else { return None };
    let code = |code: &str| (!code.is_empty()).then(|| code.to_owned());
    let (nature, _) = ComponentNature::ALL.into_iter().find(|(_, word)| word == nature)?;
    Some(ComponentKind { kind: (*kind).to_owned(), old: code(old), new: code(new), nature, urgent: *urgent == "true" })
}

/// The kind that a class code names: four digits are CJ/T 214's, five GB/T 47678.5's.
pub fn component_kind(class_code: &str) -> Option<&'static ComponentKind> {
    TABLE.iter().find(|kind| [&kind.old, &kind.new].into_iter().flatten().any(|code| code == class_code))
}

impl ClassTable {
    /// The class under which this table files a fault of a component whose own class code is `code`,
    /// of this or another generation. GB/T 47678.5 has a matter for each type of component, with the
    /// component's code and the word 异常 after its name; CJ/T 214 files the component itself.
    pub fn component_fault(&self, code: &str) -> Option<Class> {
        let class = self.component(code).or_else(|| {
            let kind = component_kind(code)?;
            [&kind.new, &kind.old].into_iter().flatten().find_map(|code| self.component(code))
        })?;
        let name = if class.code.len() == 5 { format!("{}异常", class.name) } else { class.name };
        Some(Class { code: class.code, name })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_line_of_the_table_reads_and_its_codes_stand_in_their_tables() {
        assert_eq!(TABLE.len(), KINDS.lines().count() - 1);
        let (old, new) = (ClassTable::open("cjt-214-2007").unwrap(), ClassTable::open("gbt-47678.5-2026").unwrap());
        for kind in TABLE.iter() {
            assert!(kind.old.as_ref().is_none_or(|code| old.component(code).is_some()), "{kind:?}");
            assert!(kind.new.as_ref().is_none_or(|code| new.component(code).is_some()), "{kind:?}");
        }
    }

    #[test]
    fn a_fault_is_filed_in_the_citys_own_generation_whichever_the_census_used() {
        let (old, new) = (ClassTable::open("cjt-214-2007").unwrap(), ClassTable::open("gbt-47678.5-2026").unwrap());
        let said = |table: &ClassTable, code| table.component_fault(code).map(|c| (c.code, c.name));
        let new_cover = Some(("01002".to_owned(), "污水井盖异常".to_owned()));
        assert_eq!((said(&new, "01002"), said(&new, "0102")), (new_cover.clone(), new_cover));
        let old_cover = Some(("0102".to_owned(), "污水井盖".to_owned()));
        assert_eq!((said(&old, "0102"), said(&old, "01002")), (old_cover.clone(), old_cover));
        assert_eq!(said(&old, "99999"), None);
    }
}
