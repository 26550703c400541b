//! `[record]`: how an edge recorder cuts and keeps.

use super::reader::Reader;
use crate::payload::MAX_INLINE_BYTES;
use operators::vocabulary::Millis;
use std::path::PathBuf;

/// `[record]` after checking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// Folder of the disk buffer.
    pub buffer: PathBuf,
    /// Bytes that the buffer may take; then the oldest segment is dropped.
    pub buffer_bytes: u64,
    /// Whole GOPs are put into one segment until it is so long.
    pub length: Millis,
    /// A GOP that is longer is cut into parts.
    pub longest: Millis,
    /// Video up to this size goes into the message, more into the store.
    pub inline_bytes: usize,
}

impl Default for Recording {
    fn default() -> Self {
        Recording {
            buffer: PathBuf::from("./data/record"),
            buffer_bytes: 4096 << 20,
            length: 1_000,
            longest: 10_000,
            inline_bytes: MAX_INLINE_BYTES,
        }
    }
}

/// Reads `[record]`.
pub(super) fn recording(root: &Reader<'_>) -> Recording {
    let mut config = Recording::default();
    let Some(table) = root.table("record") else { return config };
    if let Some(folder) = table.string("buffer") {
        config.buffer = PathBuf::from(folder);
    }
    let megabytes = table.integer("buffer_megabytes", 1, 1 << 24);
    config.buffer_bytes = megabytes.map_or(config.buffer_bytes, |n| n << 20);
    config.length = table.duration("length").unwrap_or(config.length);
    config.longest = table.duration("longest").unwrap_or(config.longest);
    if !(1_000..=60_000).contains(&config.longest) {
        table.problem("longest", "must be between \"1s\" and \"60s\"");
    }
    if config.length > config.longest {
        table.problem("length", "is longer than `longest`");
    }
    let kilobytes = table.integer("inline_kilobytes", 0, (MAX_INLINE_BYTES >> 10) as u64);
    config.inline_bytes = kilobytes.map_or(config.inline_bytes, |n| (n as usize) << 10);
    table.finish();
    config
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;
    use std::path::Path;

    fn config(text: &str) -> Result<Recording, String> {
        let text = format!("city = \"demo\"\n{text}\n[[camera]]\nid = \"c\"\nurl = \"segments:\"\n");
        parse(Path::new("CITY.toml"), &text).map(|city| city.record).map_err(|problems| problems.to_string())
    }

    #[test]
    fn what_is_given_is_read_and_the_rest_is_the_default() {
        assert_eq!(config(""), Ok(Recording::default()));
        let read =
            config("[record]\nbuffer = \"/var/r\"\nbuffer_megabytes = 2\nlongest = \"4s\"\ninline_kilobytes = 0")
                .expect("fine");
        let wanted = Recording {
            buffer: "/var/r".into(),
            buffer_bytes: 2 << 20,
            longest: 4_000,
            inline_bytes: 0,
            ..Recording::default()
        };
        assert_eq!(read, wanted);
    }

    #[test]
    fn what_is_wrong_is_refused_with_its_key() {
        for (text, said) in [
            ("[record]\nlongest = \"10m\"", "record.longest"),
            ("[record]\nlength = \"20s\"", "record.length"),
            ("[record]\ninline_kilobytes = 9000", "record.inline_kilobytes"),
            ("[record]\nbufer = \"x\"", "did you mean `buffer`"),
        ] {
            let error = config(text).expect_err(text);
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
