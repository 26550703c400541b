use super::*;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

#[test]
fn both_tongues_have_the_same_keys_none_empty_and_none_twice() {
    for (zh, en) in ZH.iter().zip(EN) {
        let keys = |file: &str| -> Vec<String> {
            file.lines()
                .filter(|line| !line.is_empty() && !line.starts_with('#'))
                .map(|line| {
                    let (key, words) = line.split_once(" = ").unwrap_or_else(|| panic!("no ` = ` in: {line}"));
                    assert!(!words.trim().is_empty(), "{key} says nothing");
                    key.trim().to_owned()
                })
                .collect()
        };
        let (zh, en) = (keys(zh), keys(en));
        assert_eq!(zh.iter().collect::<BTreeSet<_>>().len(), zh.len(), "a key stands twice in {zh:?}");
        assert_eq!(zh.iter().collect::<BTreeSet<_>>(), en.iter().collect::<BTreeSet<_>>());
    }
    let lines = |files: &[&str]| files.iter().map(|f| read_keys(f)).sum::<usize>();
    assert_eq!(ZH_WORDS.len(), lines(ZH), "a key stands in two files");
}

fn read_keys(file: &str) -> usize {
    file.lines().filter(|line| !line.starts_with('#') && line.contains(" = ")).count()
}

#[test]
fn both_tongues_put_the_same_things_in() {
    for (key, zh) in ZH_WORDS.iter() {
        let en = EN_WORDS[key];
        for n in 0..4 {
            let hole = format!("{{{n}}}");
            assert_eq!(zh.contains(&hole), en.contains(&hole), "{key}: {hole}");
        }
    }
}

/// Tests name what they like.
fn is_test(file: &Path) -> bool {
    file.file_name().is_some_and(|name| name.to_string_lossy().ends_with("tests.rs"))
}

/// Files below `folder` that may name keys.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").map(|e| e.expect("readable").path()) {
        if entry.is_dir() {
            files(&entry, found);
        } else if entry.extension().is_some_and(|e| e == "html" || e == "rs") && !is_test(&entry) {
            found.push(entry);
        }
    }
}

#[test]
fn every_key_that_a_page_or_the_code_names_is_in_the_catalogue() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    files(&root.join("templates"), &mut found);
    files(&root.join("src/console"), &mut found);
    let groups: BTreeSet<&str> = ZH_WORDS.keys().filter_map(|key| key.split('.').next()).collect();
    let mut seen = 0;
    for file in found {
        let text = std::fs::read_to_string(&file).expect("UTF-8");
        for group in &groups {
            for rest in text.split(&format!("\"{group}.")).skip(1) {
                let key = format!("{group}.{}", rest.split('"').next().unwrap_or_default());
                // Of keys that are put together at run time only the group is known here; names of files are no keys.
                let is_file =
                    [".csv", ".jsonl", ".html", ".rs", ".tar", ".js", ".css"].iter().any(|end| key.ends_with(end));
                if !key.contains(['/', ' ', '{', '\\', '|']) && !key.ends_with('.') && !is_file {
                    seen += 1;
                    assert!(ZH_WORDS.contains_key(key.as_str()), "{}: no words for {key}", file.display());
                }
            }
        }
    }
    assert!(seen > 50, "only {seen} keys were found: is the search right?");
}

#[test]
fn the_browsers_wish_is_followed() {
    assert_eq!(Tongue::accepted("en-GB,en;q=0.8,zh;q=0.5"), Tongue::En);
    assert_eq!(Tongue::accepted("fr, zh-CN;q=0.9, en;q=0.8"), Tongue::Zh);
    assert_eq!(Tongue::accepted("fr"), Tongue::Zh);
    assert_eq!(Tongue::accepted("en;q=nonsense"), Tongue::En);
    assert_eq!(Tongue::accepted(""), Tongue::Zh);
}

#[test]
fn a_hole_is_filled_and_an_unknown_word_stays_as_it_is() {
    assert_eq!(Tongue::En.with("desk.new", &["5"]), "5 new – show");
    assert_eq!(Tongue::En.of("rule", "grain-drying"), "grain-drying");
    assert_eq!(Tongue::Zh.of("rule", "illegal-parking"), "违法停车");
}
