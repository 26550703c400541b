//! Terminals that behave.

use super::{embedded, gateway, port, readings, times, today};
use serde_json::Value;
use streetwatch::gateway::jt808::{Ack, AckResult, Batch, Edition, Message};
use streetwatch_tests::binary::Running;
use streetwatch_tests::city::City;
use streetwatch_tests::footage;
use streetwatch_tests::terminal::{PATIENCE, Terminal, location};

const TOKEN: &str = "a token that nobody guesses";

#[test]
fn terminals_of_both_headers_report_over_tcp_and_udp_and_are_answered_when_the_log_has_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = embedded(folder.path());
    let gateway = gateway(folder.path(), &log, "jt808 = \"127.0.0.1:0\"");
    let (port, at) = (port(&gateway), today());
    let mut all = [
        ("13800138000", Terminal::tcp(port, "13800138000", Edition::Y2013)),
        ("13800138001", Terminal::tcp(port, "13800138001", Edition::Y2019)),
        ("13800138002", Terminal::udp(port, "13800138002", Edition::Y2013)),
    ];
    for (number, terminal) in &mut all {
        terminal.join();
        let serial = terminal.report(at);
        assert_eq!(terminal.acknowledged(serial, PATIENCE), Some(AckResult::Done), "{number}");
        // It has been answered: it is on the topic, and not only soon.
        let mine: Vec<_> = readings(&log).into_iter().filter(|r| r["device"] == **number).collect();
        assert_eq!(mine.len(), 1, "{number}");
        assert_eq!(mine[0]["location"], serde_json::json!([118.9, 32.1]));
        assert_eq!((&mine[0]["kind"], &mine[0]["values"]["speed_kmh"]), (&"vehicle".into(), &30.5.into()));
    }
    // An hour without network, sent afterwards, in parts, the last part first; one of them gets lost.
    let (_, terminal) = &mut all[0];
    let items: Vec<_> = (0..100).map(|i| location(at.plus(-3_600_000 + 10_000 * i))).collect();
    let (first, frames) = terminal.frames(&Message::Batch(Batch { back_fill: true, items, bad: vec![] }));
    assert_eq!(frames.len(), 3);
    terminal.raw(&frames[2]).expect("connected");
    terminal.raw(&frames[0]).expect("connected");
    let asked = terminal.expect(PATIENCE, |message| match message {
        Message::Other { id: 0x8003, body } => Some(body.clone()),
        _ => None,
    });
    let serial = first.to_be_bytes();
    assert_eq!(asked, Some(vec![serial[0], serial[1], 1, 0, 2]), "the middle part is asked for");
    terminal.raw(&frames[1]).expect("connected");
    assert_eq!(terminal.acknowledged(first + 1, PATIENCE), Some(AckResult::Done));
    assert_eq!(times(&log, "13800138000").len(), 101, "each in its own time");
}

#[test]
fn a_terminal_s_code_outlives_the_gateway_and_its_place_goes_to_whoever_shows_it_last() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = embedded(folder.path());
    let mut gateway = gateway(folder.path(), &log, "jt808 = \"127.0.0.1:0\"");
    let mut first = Terminal::tcp(port(&gateway), "13800138000", Edition::Y2013);
    let code = first.join();
    gateway.kill();
    gateway.start();
    gateway.wait("readiness", PATIENCE, |g| g.is_ready().then_some(()));
    let port = port(&gateway);
    let mut second = Terminal::tcp(port, "13800138000", Edition::Y2013);
    assert_eq!(second.authenticate(&code), AckResult::Done, "no registration is needed");
    let mut third = Terminal::tcp(port, "13800138000", Edition::Y2013);
    assert_eq!(third.authenticate(&code), AckResult::Done);
    let told = second.expect(PATIENCE, |message| match message {
        Message::PlatformAck(Ack { id: 0x0102, result: AckResult::Failed, .. }) => Some(()),
        _ => None,
    });
    assert!(told.is_some() && second.is_closed(PATIENCE), "the old session is told, and ends");
    let serial = third.report(today());
    assert_eq!(third.acknowledged(serial, PATIENCE), Some(AckResult::Done));
    // SIGTERM: what was taken is answered before the line is cut.
    let last = third.report(today().plus(10_000));
    assert_eq!(third.acknowledged(last, PATIENCE), Some(AckResult::Done));
    assert_eq!(gateway.terminate(PATIENCE), Some(0), "{}", gateway.stderr());
    assert!(third.is_closed(PATIENCE));
    assert_eq!(times(&log, "13800138000").len(), 2);
}

#[test]
fn people_with_the_token_see_who_is_connected_and_send_texts_and_areas() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("token"), TOKEN).expect("a file");
    let vehicles = "device,plate,class,name\n13800138000,苏A12345,muck-truck,one\n13800138001,苏A99999,,\n";
    std::fs::write(folder.path().join("vehicles.csv"), vehicles).expect("a file");
    let lines = "jt808 = \"127.0.0.1:0\"\ntoken_file = \"token\"\nterminals = \"vehicles.csv\"";
    let gateway = gateway(folder.path(), &embedded(folder.path()), lines);
    let port = port(&gateway);
    // The list: another's plate, and a number that nobody knows.
    assert_eq!(Terminal::tcp(port, "13800138001", Edition::Y2013).register("苏A12345").result, 2);
    assert_eq!(Terminal::tcp(port, "13800138009", Edition::Y2013).register("苏A12345").result, 4);
    let mut terminal = Terminal::tcp(port, "13800138000", Edition::Y2019);
    terminal.join();

    assert_eq!(gateway.ask("/terminals").map(|(status, _)| status), Some(401));
    let head = format!("Authorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n");
    let (status, body) = gateway.request("GET", "/terminals", &head, "").expect("it answers");
    let list: Value =
        serde_json::from_str(&body[body.find('[').expect("a list")..=body.rfind(']').expect("a list")]).expect("JSON");
    assert_eq!((status, &list[0]["device"], &list[0]["edition"]), (200, &"13800138000".into(), &2019.into()));

    let answering = std::thread::spawn(move || {
        let mut sent = Vec::new();
        while sent.len() < 2 {
            let (id, text) = terminal
                .expect(PATIENCE, |message| match message {
                    Message::Text(text) => Some((0x8300, text.text.clone())),
                    Message::SetCircles(areas) => Some((0x8600, areas.areas[0].name.clone())),
                    _ => None,
                })
                .expect("something was sent");
            // The gateway counts its frames from 0: registration, code, then these.
            let serial = 2 + sent.len() as u16;
            terminal.send(&Message::TerminalAck(Ack { serial, id, result: AckResult::Done }));
            sent.push(text);
        }
        sent
    });
    let post = |path: &str, body: &str| gateway.request("POST", path, &head, body).expect("it answers");
    assert_eq!(post("/terminals/13800138000/text", r#"{"text": "请绕行", "speak": true}"#).0, 200);
    let circle = r#"{"id": 7, "name": "工地", "circle": {"centre": [118.9, 32.1], "radius": 200}, "leave": true}"#;
    assert_eq!(post("/terminals/13800138000/areas", circle).0, 200);
    assert_eq!(answering.join().expect("it answered"), ["请绕行", "工地"]);
    assert_eq!(post("/terminals/13800138001/text", r#"{"text": "x"}"#).0, 404, "not connected");
    assert_eq!(post("/terminals/13800138000/areas", r#"{"id": 7}"#).0, 422);
}

#[test]
fn run_listens_for_terminals_too_and_needs_no_camera_then() {
    if !footage::runtime() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let city =
        City::new(folder.path()).replace("yolox-nano", "street-nano").table("[gateway]\njt808 = \"127.0.0.1:0\"");
    let mut running = Running::start(&city, "run");
    let port = running.wait("the gateway", PATIENCE, |run| {
        let log = run.stderr();
        log.split("jt808=127.0.0.1:").nth(1)?.split_whitespace().next()?.parse().ok()
    });
    let mut terminal = Terminal::tcp(port, "13800138000", Edition::Y2013);
    terminal.join();
    let serial = terminal.report(today());
    assert_eq!(terminal.acknowledged(serial, PATIENCE), Some(AckResult::Done));
    assert_eq!(running.topic("readings").len(), 1);
    let (code, said) = running.terminate();
    assert_eq!(code, Some(0), "{said}");
    assert!(terminal.is_closed(PATIENCE));
}
