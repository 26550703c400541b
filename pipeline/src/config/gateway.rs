//! `[gateway]`: how terminals and sensors come in.

use super::mqtt;
use super::reader::Reader;
use crate::gateway::Limits;
use crate::gateway::mqtt::Broker;
use crate::gateway::reading::{Cue, Cues};
use operators::ground::LonLat;
use operators::plausibility::{Datum, PlausibilityConfig};
use operators::vocabulary::Millis;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// `[gateway]` after checking.
#[derive(Debug, Clone, PartialEq)]
pub struct Gateway {
    /// Where terminals connect, over TCP and UDP; `None` for no terminals.
    pub jt808: Option<SocketAddr>,
    /// File with the key of the terminals' codes.
    pub key_file: Option<PathBuf>,
    /// The list of terminals that may register.
    pub terminals: Option<PathBuf>,
    /// File with the token for `/terminals`; without it there is no such page.
    pub token_file: Option<PathBuf>,
    /// How many sessions there may be.
    pub limits: Limits,
    /// A terminal shows its code within this time.
    pub deadline: Millis,
    /// A terminal that says nothing for so long has gone.
    pub silence: Millis,
    /// Bytes of readings that may wait for the log.
    pub buffer_bytes: usize,
    /// What readings can be, and in which datum devices report.
    pub plausibility: PlausibilityConfig,
    /// What the bits of the terminals mean.
    pub cues: Cues,
    /// MQTT brokers.
    pub mqtt: Vec<Broker>,
    /// Line of the table, for later complaints.
    pub line: usize,
}

impl Default for Gateway {
    fn default() -> Self {
        Gateway {
            jt808: None,
            key_file: None,
            terminals: None,
            token_file: None,
            limits: Limits::default(),
            deadline: 10_000,
            silence: 300_000,
            buffer_bytes: 64 << 20,
            plausibility: PlausibilityConfig::default(),
            cues: Cues::default(),
            mqtt: Vec::new(),
            line: 1,
        }
    }
}

/// Reads `[gateway]`; its files are relative to the CITY.toml.
pub(super) fn gateway(root: &Reader<'_>, file: &Path, city: Option<&str>) -> Option<Gateway> {
    let table = root.table("gateway")?;
    let mut config = Gateway { line: root.line_of("gateway"), ..Gateway::default() };
    let beside = |path: String| file.parent().unwrap_or(Path::new("")).join(path);
    config.jt808 = table.string("jt808").and_then(|text| match text.parse() {
        Ok(address) => Some(address),
        Err(_) => {
            table.problem("jt808", format!("\"{text}\" is no address; write e.g. \"0.0.0.0:7611\""));
            None
        }
    });
    config.key_file = table.string("key_file").map(beside);
    config.terminals = table.string("terminals").map(beside);
    config.token_file = table.string("token_file").map(beside);
    config.limits = limits(&table);
    config.deadline = table.duration("deadline").unwrap_or(config.deadline);
    if !(1_000..=300_000).contains(&config.deadline) {
        table.problem("deadline", "must be between \"1s\" and \"5m\"");
    }
    config.silence = table.duration("silence").unwrap_or(config.silence);
    if config.silence < 10_000 {
        table.problem("silence", "must be at least \"10s\"");
    }
    let megabytes = table.integer("buffer_megabytes", 1, 1 << 16);
    config.buffer_bytes = megabytes.map_or(config.buffer_bytes, |n| (n as usize) << 20);
    config.plausibility = plausibility(&table);
    config.cues = Cues {
        lifted: cue(&table, "lifted"),
        working: cue(&table, "working"),
        load: table.boolean("load").unwrap_or(false),
    };
    config.mqtt = table.tables("mqtt").into_iter().filter_map(|broker| mqtt::broker(broker, file, city)).collect();
    if config.jt808.is_none() && config.mqtt.is_empty() {
        table.problem("jt808", "there is neither `jt808` nor a [[gateway.mqtt]] table: nothing to listen to");
    }
    let same = |a: &Broker, b: &Broker| (&a.host, a.port, &a.id) == (&b.host, b.port, &b.id);
    if (1..config.mqtt.len()).any(|i| config.mqtt[..i].iter().any(|earlier| same(earlier, &config.mqtt[i]))) {
        table.problem("mqtt", "two brokers have the same address and `id`: they would put each other out");
    }
    table.finish();
    Some(config)
}

fn limits(table: &Reader<'_>) -> Limits {
    let default = Limits::default();
    let count = |key, default: usize| table.integer(key, 1, 1_000_000).map_or(default, |n| n as usize);
    Limits {
        sessions: count("sessions", default.sessions),
        per_address: count("sessions_per_address", default.per_address),
        unauthenticated: count("unauthenticated", default.unauthenticated),
        accepts_per_second: count("accepts_per_second", default.accepts_per_second as usize) as u32,
    }
}

fn plausibility(table: &Reader<'_>) -> PlausibilityConfig {
    let mut config = PlausibilityConfig::default();
    if let Some(corners) = table.pairs("bounds") {
        match corners[..] {
            [sw, ne] if sw[0] < ne[0] && sw[1] < ne[1] => config.bounds = Some([LonLat::from(sw), LonLat::from(ne)]),
            _ => table.problem("bounds", "give south-west and north-east: [[118.3, 31.2], [119.3, 32.7]]"),
        }
    }
    match table.string("datum").as_deref() {
        None | Some("wgs84") => {}
        Some("gcj02") => config.datum = Datum::Gcj02,
        Some(other) => table.problem("datum", format!("\"{other}\" is neither \"wgs84\" nor \"gcj02\"")),
    }
    config
}

fn cue(table: &Reader<'_>, key: &'static str) -> Option<Cue> {
    let cue = table.table(key)?;
    let item = cue.integer("item", 0, 255).map(|n| n as u8);
    let bit = cue.integer("bit", 0, 63).map(|n| n as u8);
    let when = cue.boolean("when").unwrap_or(true);
    if item.is_none() || bit.is_none() {
        table.problem(key, "needs `item` and `bit`, e.g. { item = 0x2a, bit = 1 }");
    }
    cue.finish();
    Some(Cue { item: item?, bit: bit?, when })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    fn config(text: &str) -> Result<Gateway, String> {
        let text = format!("city = \"demo\"\n{text}\n");
        let city = parse(Path::new("/etc/city/CITY.toml"), &text).map_err(|problems| problems.to_string())?;
        Ok(city.gateway.expect("there is one"))
    }

    #[test]
    fn what_is_given_is_read_and_a_city_with_a_gateway_needs_no_camera() {
        let text = "[gateway]\njt808 = \"0.0.0.0:7611\"\nkey_file = \"key\"\nterminals = \"plans/vehicles.csv\"\nsessions = 9\n\
                    silence = \"2m\"\ndatum = \"gcj02\"\nbounds = [[118.3, 31.2], [119.3, 32.7]]\nload = true\n\
                    lifted = { item = 0x2a, bit = 1 }\nworking = { item = 0xe5, bit = 8, when = false }\n";
        let read = config(text).expect("fine");
        assert_eq!(read.jt808, "0.0.0.0:7611".parse().ok());
        assert_eq!(read.terminals, Some("/etc/city/plans/vehicles.csv".into()));
        assert_eq!((read.limits.sessions, read.silence, read.deadline), (9, 120_000, 10_000));
        assert_eq!(read.plausibility.datum, Datum::Gcj02);
        assert_eq!(read.cues.lifted, Some(Cue { item: 0x2a, bit: 1, when: true }));
        assert!(read.cues.load && read.plausibility.bounds.is_some());
    }

    #[test]
    fn what_is_wrong_is_refused_with_its_key() {
        for (text, said) in [
            ("[gateway]", "nothing to listen to"),
            ("[gateway]\njt808 = \"7611\"", "gateway.jt808"),
            ("[gateway]\njt808 = \"0.0.0.0:1\"\ndeadline = \"1h\"", "gateway.deadline"),
            ("[gateway]\njt808 = \"0.0.0.0:1\"\nbounds = [[1, 1]]", "gateway.bounds"),
            ("[gateway]\njt808 = \"0.0.0.0:1\"\ndatum = \"bd09\"", "gateway.datum"),
            ("[gateway]\njt808 = \"0.0.0.0:1\"\nlifted = { item = 3 }", "gateway.lifted"),
            ("[gateway]\njt808 = \"0.0.0.0:1\"\nsesions = 3", "did you mean `sessions`"),
        ] {
            let error = config(text).expect_err(text);
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
