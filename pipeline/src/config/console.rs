//! `[console]`: where the console keeps its view, how it is reached, who vouches for people.

use super::network::Network;
use super::reader::Reader;
use crate::console::people::OidcConfig;
use operators::vocabulary::Millis;
use std::path::Path;
use url::Url;

/// `[console]` after checking.
#[derive(Debug, Clone, PartialEq)]
pub struct ConsoleConfig {
    /// `sqlite:PATH` or `postgres://…`. May hold a password: never log it.
    pub store: String,
    /// The console's own address as people type it, without a slash at its end; `None` for the address it listens on.
    pub url: Option<String>,
    /// How long an opened candidate is kept for whoever opened it, unless renewed.
    pub claim: Millis,
    /// Percentage of decided candidates that a second reviewer sees blind.
    pub double_review: f64,
    /// Proxies, or networks of them, whose `X-Forwarded-For` is believed.
    pub proxies: Vec<Network>,
    /// The identity provider, where there is one.
    pub oidc: Option<OidcConfig>,
}

/// Name of the environment variable with the secret for the identity provider.
const SECRET: &str = "STREETWATCH_OIDC_SECRET";
/// Name of the environment variable with the store's address. It comes before the file's: it is where a password belongs.
const STORE: &str = "STREETWATCH_CONSOLE_STORE";

/// Reads `[console]`. The store lies beside an embedded log where none is named.
pub(super) fn console(root: &Reader<'_>, log: &str) -> ConsoleConfig {
    console_with(root, log, std::env::var(STORE).ok().filter(|store| !store.is_empty()))
}

fn console_with(root: &Reader<'_>, log: &str, from_environment: Option<String>) -> ConsoleConfig {
    let mut config = read(root, log);
    if let Some(store) = from_environment {
        if is_store(&store) {
            config.store = store;
        } else {
            // The value may hold a password.
            root.problem("console", format!("the environment variable {STORE} {NO_STORE}"));
        }
    }
    config
}

const NO_STORE: &str = "is neither \"sqlite:FILE\" nor \"postgres://USER@HOST/DATABASE\"";

fn is_store(store: &str) -> bool {
    ["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| store.starts_with(scheme))
}

fn read(root: &Reader<'_>, log: &str) -> ConsoleConfig {
    let mut config = ConsoleConfig {
        store: beside(log),
        url: None,
        claim: 120_000,
        double_review: 5.0,
        proxies: Vec::new(),
        oidc: None,
    };
    let Some(table) = root.table("console") else { return config };
    if let Some(store) = table.string("store") {
        if !is_store(&store) {
            table.problem("store", NO_STORE);
        }
        config.store = store;
    }
    config.url = table.string("url").and_then(|url| address(&table, "url", &url));
    config.claim = table.duration("claim").unwrap_or(config.claim);
    if !(10_000..=3_600_000).contains(&config.claim) {
        table.problem("claim", "must be between \"10s\" and \"1h\"");
    }
    if let Some(percent) = table.number("double_review", 0.0, 100.0) {
        config.double_review = percent;
    }
    for text in table.strings("proxies").unwrap_or_default() {
        match text.parse() {
            Ok(network) => config.proxies.push(network),
            Err(why) => table.problem("proxies", why),
        }
    }
    config.oidc = table.table("oidc").and_then(|table| oidc(table));
    table.finish();
    config
}

fn oidc(table: Reader<'_>) -> Option<OidcConfig> {
    let issuer = table.required_string("issuer", "https://id.example.org").and_then(|url| {
        // The provider's own words for itself: a slash at its end counts.
        address(&table, "issuer", &url).map(|_| url)
    });
    let client_id = table.required_string("client_id", "streetwatch");
    let client_secret = table.string("client_secret").or_else(|| std::env::var(SECRET).ok());
    let name = table.string("name").unwrap_or_else(|| "OpenID".to_owned());
    table.finish();
    Some(OidcConfig { issuer: issuer?, client_id: client_id?, client_secret, name })
}

/// An http(s) address without query; its slash at the end is taken off.
fn address(table: &Reader<'_>, key: &'static str, text: &str) -> Option<String> {
    let url = Url::parse(text).ok();
    let fits = url.is_some_and(|url| {
        matches!(url.scheme(), "http" | "https") && url.has_host() && url.query().is_none() && url.username().is_empty()
    });
    if !fits {
        table.problem(key, format!("\"{text}\" is no address; write e.g. \"https://console.example.org\""));
        return None;
    }
    Some(text.trim_end_matches('/').to_owned())
}

fn beside(log: &str) -> String {
    let folder = log.strip_prefix("embedded:").and_then(|path| Path::new(path).parent());
    match folder {
        Some(folder) => format!("sqlite:{}", folder.join("console.db").display()),
        None => "sqlite:./data/console.db".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;
    use crate::config::problem::Collector;

    fn config(text: &str) -> Result<ConsoleConfig, String> {
        let text =
            format!("city = \"demo\"\n{text}\n[[camera]]\nid = \"c\"\nname = \"c\"\nurl = \"rtsp://192.0.2.1/\"\n");
        parse(Path::new("CITY.toml"), &text).map(|city| city.console).map_err(|problems| problems.to_string())
    }

    #[test]
    fn without_a_table_the_view_lies_beside_the_log() {
        assert_eq!(config("").expect("fine").store, "sqlite:./data/console.db");
        assert_eq!(config("log = \"embedded:/srv/a/log\"").expect("fine").store, "sqlite:/srv/a/console.db");
        assert_eq!(config("log = \"kafka:h:9092\"").expect("fine").store, "sqlite:./data/console.db");
    }

    #[test]
    fn what_is_given_is_read() {
        let text = "[console]\nstore = \"postgres://sw@db/console\"\nurl = \"https://c.example.org/\"\nclaim = \"90s\"\n\
                    double_review = 10\nproxies = [\"192.0.2.9\", \"10.244.0.0/16\"]\n[console.oidc]\nissuer = \"https://id.example.org/\"\n\
                    client_id = \"sw\"\nname = \"Staff\"";
        let read = config(text).expect("fine");
        assert_eq!(read.url.as_deref(), Some("https://c.example.org"));
        assert_eq!((read.claim, read.double_review, read.proxies.len()), (90_000, 10.0, 2));
        assert_eq!(read.oidc.map(|oidc| oidc.issuer).as_deref(), Some("https://id.example.org/"));
    }

    #[test]
    fn the_environment_s_store_comes_before_the_file_s_and_its_password_is_not_said() {
        let text = "[console]\nstore = \"sqlite:/a.db\"";
        let table = toml::de::DeTable::parse(text).expect("TOML");
        let with = |store: &str| {
            let problems = Collector::new(Path::new("CITY.toml"), text);
            let root = Reader::root(table.get_ref(), &problems);
            let config = console_with(&root, "kafka:h:9092", Some(store.to_owned()));
            problems.into_result(Some(config)).map_err(|problems| problems.to_string())
        };
        assert_eq!(with("postgres://sw:hunter2@db/console").expect("fine").store, "postgres://sw:hunter2@db/console");
        let error = with("mysql://sw:hunter2@db/console").expect_err("no store of ours");
        assert!(error.contains("STREETWATCH_CONSOLE_STORE") && !error.contains("hunter2"), "{error}");
    }

    #[test]
    fn what_is_wrong_is_refused_with_line_and_key() {
        for (text, said) in [
            ("[console]\nstore = \"mysql://x\"", "console.store"),
            ("[console]\nurl = \"console\"", "console.url"),
            ("[console]\nclaim = \"1s\"", "console.claim"),
            ("[console]\nproxies = [\"host\"]", "console.proxies"),
            ("[console]\ndouble_review = 101", "console.double_review"),
            ("[console]\nstor = \"x\"", "did you mean `store`"),
            ("[console.oidc]\nclient_id = \"x\"", "console.oidc.issuer"),
        ] {
            let error = config(text).expect_err(text);
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
