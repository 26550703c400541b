//! `[[gateway.mqtt]]`: a broker, and how its messages are read.

use super::reader::Reader;
use crate::gateway::mqtt::{Broker, Field, Mapping, Source, TimeSource, TimeUnit, levels};
use operators::vocabulary::DeviceKind;
use std::collections::BTreeMap;
use std::path::Path;
use toml::de::DeValue;

/// The kind of messages of a recogniser of plates.
const PLATE: &str = "plate";
/// A retained message may be so old.
const STALE: i64 = 86_400_000;

/// Reads one `[[gateway.mqtt]]` table.
pub(super) fn broker(table: Reader<'_>, file: &Path, city: Option<&str>) -> Option<Broker> {
    let url = table.required_string("broker", "mqtt://192.0.2.20:1883");
    let address = url.as_deref().and_then(|url| {
        let address = address(url);
        if address.is_none() {
            table.problem(
                "broker",
                format!("\"{url}\" is no broker; write e.g. \"mqtt://192.0.2.20:1883\" or \"mqtts://…\""),
            );
        }
        address
    });
    let id = table.string("id").unwrap_or_else(|| format!("streetwatch-{}", city.unwrap_or_default()));
    if id.trim().is_empty() || id.len() > 128 || id.chars().any(char::is_control) {
        table.problem("id", "is 1 to 128 characters");
    }
    let beside = |path: String| file.parent().unwrap_or(Path::new("")).join(path);
    let (user, password_file) = (table.string("user"), table.string("password_file").map(beside));
    if password_file.is_some() && user.is_none() {
        table.problem("password_file", "needs `user`");
    }
    let ca_file = table.string("ca_file").map(beside);
    let tls = address.as_ref().is_some_and(|(_, _, tls)| *tls);
    if ca_file.is_some() && !tls {
        table.problem("ca_file", "is for brokers that are spoken to with TLS: write \"mqtts://…\"");
    }
    let tables = table.tables("map");
    if tables.is_empty() {
        table.problem("map", "there is no [[gateway.mqtt.map]] table: no message would be read");
    }
    let maps: Vec<_> = tables.into_iter().filter_map(mapping).collect();
    table.finish();
    let (host, port, tls) = address?;
    Some(Broker { host, port, tls, id, user, password_file, ca_file, maps })
}

fn address(url: &str) -> Option<(String, u16, bool)> {
    let url = url::Url::parse(url).ok()?;
    let (tls, port) = match url.scheme() {
        "mqtt" => (false, 1883),
        "mqtts" => (true, 8883),
        _ => return None,
    };
    let plain = url.path().trim_matches('/').is_empty() && url.query().is_none() && url.username().is_empty();
    let host = url.host_str().filter(|host| plain && !host.is_empty())?;
    Some((host.trim_matches(['[', ']']).to_owned(), url.port().unwrap_or(port), tls))
}

fn mapping(table: Reader<'_>) -> Option<Mapping> {
    let topic = table.required_string("topic", "bins/{device}/up").and_then(|topic| match levels(&topic) {
        Ok(levels) => Some(levels),
        Err(why) => {
            table.problem("topic", why);
            None
        }
    });
    let device = pointer(&table, "device");
    let names = topic.as_ref().is_some_and(|topic| topic.contains(&crate::gateway::mqtt::Level::Device));
    if topic.is_some() && names == device.is_some() {
        table.problem("device", "the device's id stands either in the topic, as {device}, or where `device` points");
    }
    let kinds = [DeviceKind::Bin, DeviceKind::Cover, DeviceKind::Gauge, DeviceKind::Vehicle];
    let word = table.required_string("kind", "bin");
    let is_plate = word.as_deref() == Some(PLATE);
    let kind = word.and_then(|text| {
        let kind = kinds.into_iter().find(|kind| kind.as_str() == text).or(is_plate.then_some(DeviceKind::Vehicle));
        if kind.is_none() {
            table.problem("kind", format!("\"{text}\" is none of bin, cover, gauge, vehicle and plate"));
        }
        kind
    });
    let camera = is_plate.then(|| pointer(&table, "camera")).flatten();
    if is_plate && !table.has("camera") {
        table.problem("camera", "is missing: a JSON pointer to the id of the camera that read the plate");
    }
    let prefix = table.string("prefix").unwrap_or_default();
    let time = table.table("time").and_then(|time| {
        let read = time_source(&time);
        time.finish();
        read
    });
    let place = table.table("place").and_then(|place| {
        let corner = |key| source(&place, key, false);
        let both = (corner("lon"), corner("lat"));
        if both.0.is_none() || both.1.is_none() {
            table.problem("place", "needs `lon` and `lat`, JSON pointers");
        }
        place.finish();
        Some([both.0?, both.1?])
    });
    let stale = table.duration("stale").unwrap_or(STALE);
    let values = match kind {
        Some(_) if is_plate => score(&table),
        Some(kind) => values(&table, kind),
        None => BTreeMap::new(),
    };
    table.finish();
    if is_plate && camera.is_none() {
        return None;
    }
    Some(Mapping { topic: topic?, kind: kind?, device, plate: camera, prefix, time, place, stale, values })
}

/// How sure a recogniser is, where it says so.
fn score(table: &Reader<'_>) -> BTreeMap<Field, Source> {
    let Some(values) = table.table("values") else { return BTreeMap::new() };
    let score = source(&values, Field::Score.as_str(), false);
    values.finish();
    score.map(|source| (Field::Score, source)).into_iter().collect()
}

fn values(table: &Reader<'_>, kind: DeviceKind) -> BTreeMap<Field, Source> {
    let mut found = BTreeMap::new();
    let Some(values) = table.table("values") else {
        table.problem("values", "there is no [gateway.mqtt.map.values] table: nothing would be read");
        return found;
    };
    for field in Field::ALL.into_iter().filter(|field| field.is_of(kind)) {
        if let Some(source) = source(&values, field.as_str(), field.is_flag()) {
            found.insert(field, source);
        }
    }
    if found.is_empty() {
        table.problem("values", format!("names no value of a {}", kind.as_str()));
    }
    values.finish();
    found
}

fn time_source(time: &Reader<'_>) -> Option<TimeSource> {
    let found = pointer(time, "at");
    if !time.has("at") {
        time.problem("at", "is missing: a JSON pointer such as \"/ts\"");
    }
    let unit = match time.string("unit").as_deref() {
        None | Some("ms") => TimeUnit::Milliseconds,
        Some("s") => TimeUnit::Seconds,
        Some("rfc3339") => TimeUnit::Rfc3339,
        Some(other) => {
            time.problem("unit", format!("\"{other}\" is none of ms, s and rfc3339"));
            return None;
        }
    };
    Some(TimeSource { pointer: found?, unit })
}

/// A pointer by itself, or a table with `at` and what becomes of the value.
fn source(table: &Reader<'_>, key: &'static str, is_flag: bool) -> Option<Source> {
    if matches!(table.get(key)?.value, DeValue::String(_)) {
        return pointer(table, key).map(|pointer| Source::at(&pointer));
    }
    let given = table.table(key)?;
    let at = pointer(&given, "at");
    if !given.has("at") {
        given.problem("at", "is missing: a JSON pointer such as \"/data/level\"");
    }
    let mut source = Source::at(at.as_deref().unwrap_or_default());
    if is_flag {
        source.yes = given.strings("yes").unwrap_or_default();
        source.no = given.strings("no").unwrap_or_default();
    } else {
        source.scale = given.number("scale", -1e9, 1e9).unwrap_or(1.0);
        source.offset = given.number("offset", -1e9, 1e9).unwrap_or(0.0);
    }
    given.finish();
    at.map(|_| source)
}

fn pointer(table: &Reader<'_>, key: &'static str) -> Option<String> {
    let text = table.string(key)?;
    if text.starts_with('/') {
        return Some(text);
    }
    table.problem(key, format!("\"{text}\" is no JSON pointer; write e.g. \"/data/level\""));
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    const MAP: &str = "[[gateway.mqtt.map]]\ntopic = \"bins/{device}/up\"\nkind = \"bin\"\n";

    fn brokers(text: &str) -> Result<Vec<Broker>, String> {
        let text = format!("city = \"demo\"\n[gateway]\n{text}\n");
        let city = parse(Path::new("/etc/city/CITY.toml"), &text).map_err(|problems| problems.to_string())?;
        Ok(city.gateway.expect("there is one").mqtt)
    }

    #[test]
    fn a_broker_and_its_mappings_are_read() {
        let text = "[[gateway.mqtt]]\nbroker = \"mqtts://broker.example.org\"\nuser = \"sw\"\npassword_file = \"pw\"\nca_file = \"ca.pem\"\n\
                    [[gateway.mqtt.map]]\ntopic = \"bins/{device}/up\"\nkind = \"bin\"\nprefix = \"acme-\"\nstale = \"2h\"\n\
                    time = { at = \"/ts\", unit = \"s\" }\nplace = { lon = \"/p/0\", lat = \"/p/1\" }\n\
                    [gateway.mqtt.map.values]\nfill = { at = \"/level\", scale = 0.01 }\nbattery = \"/bat\"\n\
                    [[gateway.mqtt.map]]\ntopic = \"covers/#\"\nkind = \"cover\"\ndevice = \"/id\"\n\
                    [gateway.mqtt.map.values]\nopen = { at = \"/state\", yes = [\"open\"], no = [\"shut\"] }\n\
                    [[gateway.mqtt.map]]\ntopic = \"anpr/+\"\nkind = \"plate\"\ndevice = \"/plate\"\ncamera = \"/cam\"\n\
                    [gateway.mqtt.map.values]\nscore = { at = \"/confidence\", scale = 0.01 }\n";
        let brokers = brokers(text).expect("fine");
        let [broker] = &brokers[..] else { panic!("{brokers:?}") };
        assert_eq!(
            (broker.shown().as_str(), broker.tls, broker.id.as_str()),
            ("broker.example.org:8883", true, "streetwatch-demo")
        );
        assert_eq!(broker.password_file, Some("/etc/city/pw".into()));
        let [bins, covers, plates] = &broker.maps[..] else { panic!("{broker:?}") };
        assert_eq!((bins.filter().as_str(), bins.stale, bins.prefix.as_str()), ("bins/+/up", 7_200_000, "acme-"));
        assert_eq!(bins.time, Some(TimeSource { pointer: "/ts".to_owned(), unit: TimeUnit::Seconds }));
        assert_eq!(bins.values[&Field::Fill].scale, 0.01);
        assert_eq!((covers.filter().as_str(), covers.device.as_deref()), ("covers/#", Some("/id")));
        assert_eq!(covers.values[&Field::Open].yes, ["open"]);
        assert_eq!((plates.plate.as_deref(), plates.values[&Field::Score].scale), (Some("/cam"), 0.01));
    }

    #[test]
    fn what_is_wrong_is_refused_with_its_key() {
        let values = "[gateway.mqtt.map.values]\nfill = \"/l\"";
        let broker = "[[gateway.mqtt]]\nbroker = \"mqtt://h\"\n";
        for (text, said) in [
            (format!("[[gateway.mqtt]]\nbroker = \"h:1883\"\n{MAP}{values}"), "gateway.mqtt[0].broker"),
            (broker.to_owned(), "no [[gateway.mqtt.map]]"),
            (format!("{broker}{MAP}"), "nothing would be read"),
            (format!("{broker}{MAP}[gateway.mqtt.map.values]\nopen = \"/o\""), "names no value of a bin"),
            (format!("{broker}{MAP}[gateway.mqtt.map.values]\nfill = \"l\""), "no JSON pointer"),
            (format!("{broker}{MAP}device = \"/id\"\n{values}"), "either in the topic"),
            (format!("{broker}{MAP}time = {{ at = \"/t\", unit = \"min\" }}\n{values}"), "ms, s and rfc3339"),
            (format!("{broker}{MAP}time = {{ unit = \"s\" }}\n{values}"), "map[0].time.at"),
            (format!("{broker}{MAP}tme = 1\n{values}"), "did you mean `time`"),
            (
                format!("{broker}[[gateway.mqtt.map]]\ntopic = \"a\"\nkind = \"plate\"\ndevice = \"/p\""),
                "map[0].camera",
            ),
            (format!("{broker}ca_file = \"x\"\n{MAP}{values}"), "gateway.mqtt[0].ca_file"),
        ] {
            let error = brokers(&text).expect_err(&text);
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
