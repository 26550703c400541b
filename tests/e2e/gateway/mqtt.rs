//! Sensors over a real mosquitto.

use super::{embedded, gateway, readings, times};
use serde_json::Value;
use streetwatch_tests::kafka::skipped;
use streetwatch_tests::loops::{now, rfc3339};
use streetwatch_tests::mosquitto::Mosquitto;
use streetwatch_tests::terminal::PATIENCE;
use streetwatch_tests::workers::Worker;

const USER: (&str, &str) = ("sw", "hunter2");
const IGNORED: &str = "streetwatch_gateway_mqtt_ignored_total";
const CONNECTED: &str = "streetwatch_gateway_mqtt_connected";

fn lines(port: u16) -> String {
    format!(
        "[[gateway.mqtt]]\nbroker = \"mqtt://127.0.0.1:{port}\"\nuser = \"{}\"\npassword_file = \"password\"\n\
         [[gateway.mqtt.map]]\ntopic = \"bins/{{device}}/up\"\nkind = \"bin\"\ntime = {{ at = \"/ts\", unit = \"ms\" }}\nstale = \"1h\"\n\
         [gateway.mqtt.map.values]\nfill = {{ at = \"/d/level\", scale = 0.01 }}\nbattery = \"/bat\"\n\
         [[gateway.mqtt.map]]\ntopic = \"covers/#\"\nkind = \"cover\"\ndevice = \"/id\"\nprefix = \"acme-\"\n\
         [gateway.mqtt.map.values]\nopen = {{ at = \"/state\", yes = [\"open\"], no = [\"shut\"] }}\ntilt_deg = \"/tilt\"",
        USER.0
    )
}

fn bin(level: f64, at: i64) -> String {
    format!(r#"{{"ts": {at}, "d": {{"level": {level}}}, "bat": 0.5}}"#)
}

fn wait_for(gateway: &mut Worker, log: &str, device: &str, count: usize) {
    gateway.wait(&format!("{count} of {device}"), PATIENCE, |_| (times(log, device).len() >= count).then_some(()));
}

#[test]
fn sensors_report_in_their_makers_words_and_what_is_stale_or_broken_is_counted() {
    let mut broker = match Mosquitto::start(USER.0, USER.1) {
        Ok(broker) => broker,
        Err(why) => return skipped(&why),
    };
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("password"), format!("{}\n", USER.1)).expect("a file");
    let log = embedded(folder.path());
    let (start, day) = (now(), 86_400_000);
    // Kept by the broker before anybody came: one of a day ago, one without a time, a fresh one.
    broker.publish(USER, "bins/old/up", &bin(10.0, start - day), true);
    broker.publish(USER, "covers/x", r#"{"id": 9, "state": "open"}"#, true);
    broker.publish(USER, "bins/fresh/up", &bin(10.0, start - 1000), true);
    let mut gateway = gateway(folder.path(), &log, &lines(broker.port()));
    wait_for(&mut gateway, &log, "fresh", 1);
    for reason in ["retained-old", "retained-without-time"] {
        gateway.wait(reason, PATIENCE, |g| (g.metric(IGNORED, reason) == 1.0).then_some(()));
    }

    broker.publish(USER, "bins/b-1/up", "{ no JSON", false);
    broker.publish(USER, "bins/b-1/up", r#"{"d": {"level": 3}}"#, false);
    broker.publish(USER, "bins/b-1/up", &format!(r#"{{"ts": {start}, "d": {{"level": "much"}}, "bat": 1}}"#), false);
    broker.publish(USER, "covers/x", r#"{"id": 7, "state": "open", "tilt": 31}"#, false);
    // The same again: two records, one reading for the rules (device and time).
    broker.publish(USER, "bins/b-1/up", &bin(85.0, start + 1000), false);
    broker.publish(USER, "bins/b-1/up", &bin(85.0, start + 1000), false);
    wait_for(&mut gateway, &log, "b-1", 2);
    wait_for(&mut gateway, &log, "acme-7", 1);
    for reason in ["json", "\"time\"", "\"value\""] {
        assert_eq!(gateway.metric(IGNORED, reason), 1.0, "{reason}");
    }
    let all = readings(&log);
    let of = |device: &str, at: i64| -> &Value {
        let at = rfc3339(at);
        all.iter().find(|r| r["device"] == device && (at.is_empty() || r["at"] == at.as_str())).expect(device)
    };
    let full = of("b-1", start + 1000);
    assert_eq!((&full["kind"], &full["values"]["battery"]), (&"bin".into(), &0.5.into()));
    assert!((full["values"]["fill"].as_f64().expect("a number") - 0.85).abs() < 1e-6, "{full}");
    assert_eq!(of("b-1", start)["values"], serde_json::json!({ "battery": 1.0 }), "what cannot be read is unknown");
    let cover = all.iter().find(|r| r["device"] == "acme-7").expect("the cover");
    assert_eq!(cover["values"], serde_json::json!({ "tilt_deg": 31.0, "open": true }));

    // The gateway is away: the broker keeps the messages for it.
    assert_eq!(gateway.terminate(PATIENCE), Some(0), "{}", gateway.stderr());
    broker.publish(USER, "bins/b-2/up", &bin(20.0, start + 2000), false);
    gateway.start();
    wait_for(&mut gateway, &log, "b-2", 1);
    // The broker is away: the gateway comes back to it.
    gateway.wait("the connection", PATIENCE, |g| (g.metric(CONNECTED, "") == 1.0).then_some(()));
    broker.kill();
    gateway.wait("the end of it", PATIENCE, |g| (g.metric(CONNECTED, "") == 0.0).then_some(()));
    broker.restart().expect("the same broker");
    gateway.wait("the connection", PATIENCE, |g| (g.metric(CONNECTED, "") == 1.0).then_some(()));
    broker.publish(USER, "bins/b-3/up", &bin(20.0, start + 3000), false);
    wait_for(&mut gateway, &log, "b-3", 1);
}

#[test]
fn a_wrong_password_is_told_and_the_gateway_goes_on_trying() {
    let broker = match Mosquitto::start(USER.0, USER.1) {
        Ok(broker) => broker,
        Err(why) => return skipped(&why),
    };
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("password"), "wrong").expect("a file");
    let mut gateway = gateway(folder.path(), &embedded(folder.path()), &lines(broker.port()));
    gateway.wait("the refusal", PATIENCE, |g| g.stderr().contains("NotAuthorized").then_some(()));
    assert_eq!(gateway.ask("/healthz").map(|(status, _)| status), Some(200));
}

#[test]
fn over_tls_only_a_broker_whose_authority_is_named_is_believed() {
    let broker = match Mosquitto::start(USER.0, USER.1) {
        Ok(broker) => broker,
        Err(why) => return skipped(&why),
    };
    let with = |authority: &str| {
        let secured = format!(
            "broker = \"mqtts://127.0.0.1:{}\"\nca_file = \"{}\"",
            broker.tls_port(),
            broker.authority(authority).display()
        );
        lines(0).replace("broker = \"mqtt://127.0.0.1:0\"", &secured)
    };
    for (authority, believed) in [("ca", true), ("stranger", false)] {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("password"), USER.1).expect("a file");
        let log = embedded(folder.path());
        let mut gateway = gateway(folder.path(), &log, &with(authority));
        if believed {
            gateway.wait("the connection", PATIENCE, |g| (g.metric(CONNECTED, "") == 1.0).then_some(()));
            broker.publish(USER, "bins/b-1/up", &bin(20.0, now()), false);
            wait_for(&mut gateway, &log, "b-1", 1);
        } else {
            gateway.wait("the refusal", PATIENCE, |g| g.stderr().contains("UnknownIssuer").then_some(()));
            assert_eq!(gateway.metric(CONNECTED, ""), 0.0);
        }
    }
}
