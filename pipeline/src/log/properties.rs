//! librdkafka's properties from a file, so that passwords stand in no address.

use std::path::Path;

/// Properties the promise of the log rests on; an address must not change them.
const RESERVED: [&str; 9] = [
    "bootstrap.servers",
    "enable.idempotence",
    "request.required.acks",
    "message.timeout.ms",
    "delivery.timeout.ms",
    "isolation.level",
    "auto.offset.reset",
    "enable.auto.commit",
    "enable.partition.eof",
];

/// Larger is no file of properties.
const MAX_BYTES: u64 = 64 << 10;

/// Whether streetwatch sets a property itself.
pub(super) fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}

/// One `name=value` a line; empty lines and lines that begin with `#` are read over. A value may hold anything but a line
/// break: it is not unescaped.
///
/// # Errors
/// What is wrong, with file and line, and without a value: it may be a password.
pub(super) fn read(file: &Path) -> Result<Vec<(String, String)>, String> {
    let shown = file.display();
    let size = std::fs::metadata(file).map_err(|e| format!("the properties {shown} cannot be read: {e}"))?.len();
    if size > MAX_BYTES {
        return Err(format!("{shown} is too large for a file of properties"));
    }
    let text = std::fs::read_to_string(file).map_err(|e| format!("the properties {shown} cannot be read: {e}"))?;
    let mut properties = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let at = format!("{shown}, line {}", i + 1);
        let (name, value) = line.split_once('=').ok_or_else(|| format!("{at}: write name=value"))?;
        let name = name.trim();
        if is_reserved(name) {
            return Err(format!("{at}: {name} is set by streetwatch"));
        }
        if !name.contains('.') {
            return Err(format!("{at}: {name:?} is no property of librdkafka"));
        }
        properties.push((name.to_owned(), value.trim().to_owned()));
    }
    Ok(properties)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Vec<(String, String)>, String> {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("client.properties");
        std::fs::write(&file, text).expect("a file");
        read(&file)
    }

    #[test]
    fn a_password_may_hold_what_an_address_could_not() {
        let read = read_text("# SASL\n\nsasl.username = sw\r\nsasl.password=a&b=c?d%20\n").expect("fine");
        let expected = [("sasl.username", "sw"), ("sasl.password", "a&b=c?d%20")];
        assert_eq!(read, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line_and_without_its_value() {
        for (text, word) in [
            ("\nhunter2\n", "line 2: write name=value"),
            ("isolation.level=hunter2", "line 1: isolation.level is set by streetwatch"),
            ("password=hunter2", "no property"),
        ] {
            let error = read_text(text).expect_err(text);
            assert!(error.contains(word) && !error.contains("hunter2"), "{error}");
        }
        assert!(read(Path::new("/nowhere/at.all")).expect_err("no file").contains("/nowhere/at.all"));
    }
}
