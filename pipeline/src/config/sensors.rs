//! `[sensors]`: the rules over vehicles, bins, covers and gauges.

use super::nested::nested;
use super::parse::resolve;
use super::reader::Reader;
use crate::codes::ClassTable;
use operators::fleet::FleetConfig;
use operators::sensors::SensorConfig;
use operators::vocabulary::{DAY, Millis, SensorRule};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// `[sensors]` after checking.
#[derive(Debug, Clone, PartialEq)]
pub struct Sensors {
    /// The folder of fences, routes, roads, permits, plans, vehicles and devices.
    pub plans: PathBuf,
    /// Files of readings, in place of a gateway.
    pub readings: Vec<PathBuf>,
    /// Files in a live run: so many times faster than they came.
    pub speed: u32,
    /// Tracks are kept so long.
    pub tracks: Millis,
    /// Tracks older than this are thinned.
    pub thin: Millis,
    /// A tile server for the console's map, with `{z}`, `{x}` and `{y}`.
    pub tiles: Option<String>,
    /// A device's memory goes to the topic `state` at most so long after a reading.
    pub snapshot: Millis,
    /// Rules over vehicles.
    pub fleet: FleetConfig,
    /// Rules over bins, covers and gauges.
    pub devices: SensorConfig,
    /// Class codes that the city gives rules, where it wants others than the rule's own.
    pub classes: BTreeMap<SensorRule, String>,
    /// Line of `plans`, for later complaints.
    pub line: usize,
}

/// Reads `[sensors]`, where it is there.
pub(super) fn sensors(root: &Reader<'_>, file: &Path, codes: Option<&ClassTable>) -> Option<Sensors> {
    let table = root.table("sensors")?;
    let plans = table.string("plans").unwrap_or_else(|| "plans".to_owned());
    let readings = table.strings("readings").unwrap_or_default();
    let readings = readings.iter().map(|path| PathBuf::from(resolve(path, file))).collect();
    let speed = table.integer("speed", 1, 10_000).map_or(1, |n| n as u32);
    let tracks = table.duration("tracks").unwrap_or(90 * DAY);
    let thin = table.duration("thin").unwrap_or(7 * DAY);
    let tiles = table.string("tiles");
    let is_server = |t: &String| {
        let web = t.starts_with("https://") || t.starts_with("http://");
        web && ["{z}", "{x}", "{y}"].iter().all(|part| t.contains(part))
    };
    if tiles.as_ref().is_some_and(|t| !is_server(t)) {
        table.problem("tiles", "is no tile server; write e.g. \"https://tiles.example/{z}/{x}/{y}.png\"");
    }
    let snapshot = table.duration("snapshot").unwrap_or(300_000);
    let fleet = nested(table.get("fleet"));
    let devices = nested(table.get("devices"));
    let classes = table.table("classes").map(|classes| class_codes(classes, codes)).unwrap_or_default();
    let line = table.line_of("plans");
    let sensors = Sensors {
        // Beside the file even before it is there: the console may be the one that makes it.
        plans: file.parent().unwrap_or(Path::new("")).join(plans),
        readings,
        speed,
        tracks,
        thin,
        tiles,
        snapshot,
        fleet,
        devices,
        classes,
        line,
    };
    table.finish();
    Some(sensors)
}

fn class_codes(table: Reader<'_>, codes: Option<&ClassTable>) -> BTreeMap<SensorRule, String> {
    let mut classes = BTreeMap::new();
    for rule in SensorRule::ALL {
        let Some(code) = table.string(rule.as_str()) else { continue };
        if codes.is_some_and(|codes| codes.matter(&code).or_else(|| codes.component_fault(&code)).is_none()) {
            table.problem(rule.as_str(), format!("\"{code}\" is no class of the city's table"));
        }
        classes.insert(rule, code);
    }
    table.finish();
    classes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    fn read(text: &str) -> Result<Option<Sensors>, String> {
        let text = format!("city = \"demo\"\n{text}");
        parse(Path::new("CITY.toml"), &text).map(|city| city.sensors).map_err(|problems| problems.to_string())
    }

    #[test]
    fn a_city_of_sensors_needs_no_camera_and_has_the_operators_own_defaults() {
        let sensors = read("[sensors]").expect("fine").expect("there");
        assert_eq!((sensors.fleet, sensors.devices), (FleetConfig::default(), SensorConfig::default()));
        assert_eq!((sensors.plans, sensors.speed, sensors.tracks), ("plans".into(), 1, 90 * DAY));
        let city = parse(Path::new("/etc/city/CITY.toml"), "city = \"demo\"\n[sensors]").expect("fine");
        assert_eq!(city.sensors.expect("there").plans, Path::new("/etc/city/plans"), "beside the file, there or not");
        assert!(read("").expect_err("nothing at all").contains("camera"));
    }

    #[test]
    fn what_is_given_is_read_by_the_names_of_the_operators_fields() {
        let text = "[sensors]\nspeed = 60\n[sensors.fleet.stop]\ndwell = \"5m\"\nclasses = [\"muck-truck\", \"other\"]\n\
                    [sensors.fleet.deviation]\ntolerance_m = 80\n[sensors.devices.bin.hold]\ncount = 3\n\
                    [sensors.classes]\ndumping = \"06011\"";
        let sensors = read(text).expect("fine").expect("there");
        assert_eq!((sensors.fleet.stop.dwell, sensors.fleet.stop.classes.len()), (300_000, 2));
        assert_eq!((sensors.fleet.deviation.tolerance_m, sensors.devices.bin.hold.count), (80.0, 3));
        assert_eq!(sensors.classes[&SensorRule::Dumping], "06011");
    }

    #[test]
    fn what_is_wrong_is_refused_with_its_key_and_line() {
        for (text, said) in [
            ("[sensors.fleet.stop]\ndwel = \"5m\"", "sensors.fleet.stop.dwel: unknown key; did you mean `dwell`"),
            ("[sensors.fleet.stop]\ndwell = \"soon\"", "CITY.toml:3: sensors.fleet.stop.dwell: expected a span"),
            ("[sensors.fleet.stop]\nclasses = [\"rocket\"]", "sensors.fleet: unknown variant"),
            ("[sensors.fleet]\nstop = 3", "sensors.fleet.stop: expected a table"),
            ("[sensors.classes]\ndumping = \"1\"", "sensors.classes.dumping"),
            ("[sensors]\ntiles = \"ftp://x\"", "sensors.tiles"),
        ] {
            let error = read(text).expect_err(text);
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
