//! What a candidate of a device shows, where others show what a camera saw.

use super::api::may_see_tracks;
use super::visitor::Viewer;
use super::words;
use super::{App, view};
use crate::console::i18n::Tongue;
use crate::console::tracks::has_devices;
use crate::payload::{Candidate, SensorFinding};

/// Notes of the rules, by what stands before and after the camera that they name, with the key of their words.
const NOTES: [(&str, &str, &str); 17] = [
    ("camera and terminal agree", "", "note.agree"),
    ("camera and terminal disagree", "", "note.disagree"),
    ("neither a terminal nor a permit is known for this plate", "", "note.unknown-plate"),
    ("its terminal reports from elsewhere: a false plate, or the terminal is in another vehicle", "", "note.elsewhere"),
    ("driving, and its terminal says nothing", "", "note.silent"),
    ("no vehicle of this plan reported: unknown, not unswept", "", "note.nobody"),
    ("body lifted", "", "note.lifted"),
    ("its load went while it stood", "", "note.load-went"),
    ("off the route for long", "", "note.off-route"),
    ("the device says open, but lies level", "", "note.says-open"),
    ("the device says closed, but is tilted", "", "note.says-closed"),
    ("read by camera ", "", "note.read-by"),
    ("camera ", " agrees", "note.camera-agrees"),
    ("camera ", " says it is not full", "note.camera-denies"),
    ("only camera ", " says so, its sensor does not", "note.only-camera"),
    ("only camera ", " says so, its sensor is silent", "note.only-camera-silent"),
    ("late readings show that it was swept", "", "note.was-swept"),
];

/// A note in the reader's words; one that is not known stays as it is.
fn note(tongue: Tongue, text: &str) -> String {
    let told = NOTES.iter().find_map(|(before, after, key)| {
        let name = text.strip_prefix(before)?.strip_suffix(after)?;
        // What ends in a space names a camera; what does not is the whole note.
        (before.ends_with(' ') != name.is_empty()).then(|| tongue.with(key, &[name]))
    });
    told.unwrap_or_else(|| text.to_owned())
}

/// A value with its unit.
fn measured(value: f32, unit: &str) -> String {
    let number = |value: f32| if value.abs() >= 100.0 { format!("{value:.0}") } else { trimmed(value) };
    match unit {
        "share" => format!("{} %", number(value * 100.0)),
        "" | "score" => trimmed(value),
        "°" | "°C" => format!("{}{unit}", number(value)),
        unit => format!("{} {unit}", number(value)),
    }
}

fn trimmed(value: f32) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Facts of a candidate that readings raised: heading and words.
pub fn facts(tongue: Tongue, c: &Candidate, sensor: &SensorFinding) -> Vec<(String, String)> {
    let mut facts: Vec<(String, String)> = Vec::new();
    let mut add = |key: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            facts.push((tongue.t(key).to_owned(), value));
        }
    };
    add("fact.rule", Some(format!("{} ({})", tongue.of("rule", &c.rule), c.rule_version)));
    add("fact.plate", sensor.plate.clone());
    add("fact.device-name", sensor.name.clone().filter(|name| Some(name) != sensor.plate.as_ref()));
    let kind = sensor
        .class
        .as_ref()
        .map_or_else(|| tongue.of("device-kind", &sensor.kind), |class| tongue.of("vehicle-class", class));
    add("fact.device", Some(format!("{kind} {}", c.camera.strip_prefix("plate:").unwrap_or(&c.camera))));
    // Where the rule has no place of its own, the zone only says what kind of device it is.
    let place = sensor
        .place
        .clone()
        .or_else(|| Some(c.zone.clone()).filter(|zone| !["vehicle", "device", ""].contains(&zone.as_str())));
    add("fact.where", place);
    let limit = tongue.with("fact.limit", &[&measured(sensor.limit, &sensor.unit)]);
    add("fact.measured", Some(format!("{} · {limit}", measured(sensor.value, &sensor.unit))));
    add("fact.notes", Some(sensor.notes.iter().map(|text| note(tongue, text)).collect::<Vec<_>>().join("; ")));
    add("fact.stood", Some(words::span(tongue, c.dwell_s)));
    add("fact.first", Some(view::clock(&c.first_seen)));
    add("fact.last", Some(view::clock(&c.last_seen)));
    add("fact.sure", Some(format!("{:.2}", c.object.score)));
    add("fact.component", c.component.clone());
    add("fact.grid", c.grid.clone());
    add("fact.reason", c.reason.as_ref().map(|reason| tongue.of("ended", reason)));
    facts
}

/// Where the map shows the device at that time, and the words of the link; `None` for those who see no tracks.
pub fn link(app: &App, who: &Viewer, c: &Candidate) -> Option<(String, String)> {
    let sensor = c.sensor.as_ref()?;
    has_devices(&app.config).then_some(())?;
    let tongue = who.visitor.tongue;
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    match sensor.kind.as_str() {
        "vehicle" => {
            may_see_tracks(&who.session.scope).ok()?;
            let at = c.first_seen.event_time().0.to_string();
            query.append_pair("vehicle", &c.camera).append_pair("at", &at);
            Some((format!("/map?{}", query.finish()), tongue.t("desk.track").to_owned()))
        }
        "plan" => {
            query.append_pair("show", "plans").append_pair("id", &c.zone);
            Some((format!("/map?{}", query.finish()), tongue.t("desk.show-on-map").to_owned()))
        }
        _ => {
            query.append_pair("device", &c.camera);
            Some((format!("/map?{}", query.finish()), tongue.t("desk.show-on-map").to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_with_their_units() {
        let told =
            [(0.925, "share"), (72.4, "km/h"), (14.0, "cm"), (31.5, "°"), (1.0, ""), (0.75, "score"), (183.2, "m")];
        let told = told.map(|(value, unit)| measured(value, unit));
        assert_eq!(told, ["92.5 %", "72.4 km/h", "14 cm", "31.5°", "1", "0.75", "183 m"]);
    }

    #[test]
    fn notes_are_told_in_the_readers_tongue_and_unknown_ones_as_they_are() {
        assert_eq!(note(Tongue::En, "camera c-7 agrees"), "camera c-7 agrees");
        assert_ne!(note(Tongue::Zh, "camera c-7 agrees"), "camera c-7 agrees");
        assert!(note(Tongue::Zh, "read by camera c-7").contains("c-7"));
        assert_eq!(note(Tongue::Zh, "body lifted"), Tongue::Zh.t("note.lifted"));
        assert_eq!(note(Tongue::Zh, "something new"), "something new");
    }
}
