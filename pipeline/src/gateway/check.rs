//! What of `[gateway]` can be known to be wrong before running: its files.

use super::admission::Admission;
use super::mqtt;
use super::token::Codes;
use crate::config::Gateway as Config;

/// Each problem with its key.
pub fn problems(config: &Config) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut note = |key: &str, problem: Option<String>| {
        found.extend(problem.map(|problem| (format!("gateway.{key}"), problem)));
    };
    note("key_file", config.key_file.as_deref().and_then(|file| Codes::open(Some(file)).err()).map(|e| e.to_string()));
    note("terminals", Admission::open(config.terminals.as_deref()).err().map(|e| e.to_string()));
    let token = config.token_file.as_deref().and_then(|file| read_token(file).err());
    note("token_file", token);
    for (i, broker) in config.mqtt.iter().enumerate() {
        note(&format!("mqtt[{i}]"), mqtt::options(broker).err().map(|e| e.to_string()));
    }
    found
}

/// Fewest characters of a token.
const SHORTEST: usize = 16;

/// The token of `/terminals`.
///
/// # Errors
/// It cannot be read, or can be guessed.
pub fn read_token(file: &std::path::Path) -> Result<String, String> {
    let shown = file.display();
    let token = std::fs::read_to_string(file).map_err(|e| format!("the token file {shown} cannot be read: {e}"))?;
    if token.trim().len() < SHORTEST {
        let hint = "write e.g. `openssl rand -hex 32`";
        return Err(format!("the token file {shown} holds fewer than {SHORTEST} characters; {hint}"));
    }
    Ok(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_that_cannot_be_used_is_named_with_its_key() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("a file");
            path
        };
        let config = Config {
            key_file: Some(file("key", "short")),
            terminals: Some(file("list", "plate\n")),
            token_file: Some(file("token", "short")),
            ..Config::default()
        };
        let keys: Vec<_> = problems(&config).into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["gateway.key_file", "gateway.terminals", "gateway.token_file"]);
        assert_eq!(problems(&Config::default()), []);
    }
}
