//! Stories of a session, told in frames.

use super::*;
use crate::gateway::jt808::*;

const NUMBER: &str = "13800138000";
const OTHER: &str = "13800138001";

fn seconds(s: u64) -> Duration {
    Duration::from_secs(s)
}

fn rules() -> Arc<Rules> {
    Arc::new(Rules {
        codes: Codes::new(&[7; 32]).expect("long"),
        admission: Arc::default(),
        deadline: seconds(10),
        silence: seconds(300),
        parts: Mutex::default(),
    })
}

fn header(number: &str, edition: Edition, serial: u16) -> Header {
    let phone = Phone::new(number, edition).expect("digits");
    Header { id: 0, edition, protocol: 1, encryption: 0, phone, serial, part: None }
}

fn sent(number: &str, serial: u16, message: &Message) -> Vec<u8> {
    frames(&header(number, Edition::Y2013, serial), message).expect("can be sent").concat()
}

fn location(seconds: i64) -> Location {
    Location {
        alarms: 0,
        status: 0b11,
        latitude: 32_100_000,
        longitude: 118_900_000,
        altitude: 10,
        speed: 300,
        direction: 90,
        at: EventTime(1_780_272_000_000 + seconds * 1000),
        extras: vec![],
        cut_off: vec![],
    }
}

fn registration() -> Message {
    Message::Register(Registration {
        edition: Edition::Y2013,
        province: 32,
        city: 113,
        maker: "70111".to_owned(),
        model: "MT-7".to_owned(),
        terminal: "7654321".to_owned(),
        colour: PlateColour::Yellow,
        plate: "苏A12345".to_owned(),
    })
}

fn code(code: &str) -> Message {
    Message::Authenticate(Authentication { code: code.to_owned(), imei: String::new(), software: String::new() })
}

fn feed(session: &mut Session, bytes: &[u8], at: u64) -> Vec<Action> {
    let mut out = Vec::new();
    session.bytes(bytes, seconds(at), &mut out);
    out
}

/// What the terminal is sent.
fn heard(actions: &[Action]) -> Vec<Message> {
    let mut messages = Vec::new();
    for action in actions {
        if let Action::Send(bytes) = action {
            Deframer::new().push(bytes, |frame| {
                let frame = frame.expect("whole");
                messages.push(Message::decode(&frame.header, frame.body).expect("reads"));
            });
        }
    }
    messages
}

fn ack(serial: u16, id: u16, result: AckResult) -> Message {
    Message::PlatformAck(Ack { serial, id, result })
}

/// A session whose terminal has shown its code at second 1.
fn authenticated() -> Session {
    let rules = rules();
    let shown = code(&rules.codes.code(NUMBER));
    let mut session = Session::new(rules, seconds(0));
    let actions = feed(&mut session, &sent(NUMBER, 2, &shown), 1);
    assert_eq!(actions[0], Action::Authenticated { number: NUMBER.to_owned() });
    assert_eq!(heard(&actions), [ack(2, 0x0102, AckResult::Done)]);
    session
}

#[test]
fn a_terminal_registers_shows_its_code_and_reports() {
    let mut session = Session::new(rules(), seconds(0));
    let actions = feed(&mut session, &sent(NUMBER, 1, &registration()), 1);
    let [Message::Registered(reply)] = &heard(&actions)[..] else { panic!("{actions:?}") };
    assert_eq!((reply.serial, reply.result), (1, 0));
    let given = reply.code.clone().expect("a code");
    let actions = feed(&mut session, &sent(NUMBER, 2, &code(&given)), 2);
    assert_eq!(actions[0], Action::Authenticated { number: NUMBER.to_owned() });
    let actions = feed(&mut session, &sent(NUMBER, 3, &Message::Location(location(0))), 3);
    let ticket = Ticket { serial: 3, id: 0x0200 };
    assert_eq!(actions, [Action::Report(Report { ticket, locations: vec![location(0)] })], "nothing is answered yet");
    let mut out = Vec::new();
    session.acknowledged(ticket, &mut out);
    assert_eq!(heard(&out), [ack(3, 0x0200, AckResult::Done)]);
}

#[test]
fn a_message_that_waits_for_the_log_is_taken_once_however_often_it_is_sent() {
    let mut session = authenticated();
    let report = sent(NUMBER, 3, &Message::Location(location(0)));
    assert!(matches!(feed(&mut session, &report, 2)[..], [Action::Report(_)]));
    assert_eq!(feed(&mut session, &report, 32), [Action::Refused("waits-already")]);
    session.acknowledged(Ticket { serial: 3, id: 0x0200 }, &mut Vec::new());
    // Its answer was lost: it comes again, and is answered again.
    assert!(matches!(feed(&mut session, &report, 62)[..], [Action::Report(_)]));
    session.forget(Ticket { serial: 3, id: 0x0200 });
    assert!(matches!(feed(&mut session, &report, 92)[..], [Action::Report(_)]), "not taken the last time");
}

#[test]
fn one_terminal_cannot_fill_what_waits_for_the_log() {
    let mut session = authenticated();
    for serial in 0..MAX_PENDING as u16 {
        let report = sent(NUMBER, 100 + serial, &Message::Location(location(0)));
        assert!(matches!(feed(&mut session, &report, 2)[..], [Action::Report(_)]));
    }
    let report = sent(NUMBER, 1000, &Message::Location(location(0)));
    assert_eq!(feed(&mut session, &report, 2), [Action::Refused("session-full")]);
}

#[test]
fn before_its_code_a_terminal_may_only_say_who_it_is_and_not_for_long() {
    let mut session = Session::new(rules(), seconds(0));
    for (serial, message) in [(1, Message::Location(location(0))), (2, Message::Unregister)] {
        let actions = feed(&mut session, &sent(NUMBER, serial, &message), 1);
        assert_eq!(actions[0], Action::Refused("unauthenticated"));
        assert_eq!(heard(&actions), [ack(serial, message.id(), AckResult::Failed)]);
    }
    let actions = feed(&mut session, &sent(NUMBER, 3, &Message::Heartbeat), 9);
    assert_eq!(heard(&actions), [ack(3, 0x0002, AckResult::Done)]);
    assert_eq!(session.deadline(), seconds(10), "a heartbeat buys no time");
    let mut out = Vec::new();
    session.tick(seconds(10), &mut out);
    assert_eq!(out, [Action::Close(Close::Unauthenticated)]);
}

#[test]
fn a_code_that_is_another_s_lets_nobody_in() {
    let rules = rules();
    let mut session = Session::new(rules.clone(), seconds(0));
    for wrong in [rules.codes.code(OTHER), String::new(), "0".repeat(32)] {
        let actions = feed(&mut session, &sent(NUMBER, 1, &code(&wrong)), 1);
        assert_eq!(actions[0], Action::Refused("code"));
        assert_eq!(heard(&actions), [ack(1, 0x0102, AckResult::Failed)]);
    }
    assert_eq!(session.number(), None);
}

#[test]
fn a_frame_in_another_terminal_s_name_ends_the_session_and_nothing_after_it_counts() {
    let mut session = authenticated();
    let report = Message::Location(location(0));
    let both = [sent(OTHER, 3, &report), sent(NUMBER, 4, &report)].concat();
    assert_eq!(feed(&mut session, &both, 2), [Action::Close(Close::Identity)]);
}

#[test]
fn who_is_replaced_is_told_that_its_code_holds_no_more() {
    let mut session = authenticated();
    let mut out = Vec::new();
    session.replaced(&mut out);
    assert_eq!(heard(&out), [ack(2, 0x0102, AckResult::Failed)]);
    assert_eq!(out.last(), Some(&Action::Close(Close::Replaced)));
}

#[test]
fn half_a_frame_and_silence_end_a_session_and_a_whole_frame_keeps_it() {
    let mut session = authenticated();
    let beat = sent(NUMBER, 3, &Message::Heartbeat);
    feed(&mut session, &beat, 200);
    assert_eq!(session.deadline(), seconds(500));
    assert_eq!(feed(&mut session, &beat[..beat.len() / 2], 400), []);
    let mut out = Vec::new();
    session.tick(seconds(499), &mut out);
    assert_eq!(out, []);
    session.tick(seconds(500), &mut out);
    assert_eq!(out, [Action::Close(Close::Silent)]);
}

#[test]
fn a_bad_frame_costs_that_frame_and_an_impossible_time_that_message() {
    let mut session = authenticated();
    let report = sent(NUMBER, 3, &Message::Location(location(0)));
    let mut flipped = report.clone();
    flipped[8] ^= 1;
    let actions = feed(&mut session, &[flipped, report.clone()].concat(), 2);
    assert!(matches!(actions[..], [Action::Refused("checksum"), Action::Report(_)]), "{actions:?}");
    let (_, mut body) = Message::Location(location(0)).encode(Edition::Y2013).expect("can be sent");
    body[23] = 0x13;
    let wrong = frame(&Header { id: 0x0200, ..header(NUMBER, Edition::Y2013, 4) }, &body).expect("fits");
    let actions = feed(&mut session, &wrong, 3);
    assert_eq!(actions[0], Action::Refused("impossible-time"));
    assert_eq!(heard(&actions), [ack(4, 0x0200, AckResult::Wrong)], "so that it is not sent for ever");
}

#[test]
fn a_batch_is_reported_with_its_own_times_and_an_empty_one_is_answered() {
    let mut session = authenticated();
    let batch = |items| Message::Batch(Batch { back_fill: true, items, bad: vec![] });
    let late = vec![location(-3600), location(-3590)];
    let actions = feed(&mut session, &sent(NUMBER, 3, &batch(late.clone())), 2);
    let ticket = Ticket { serial: 3, id: 0x0704 };
    assert_eq!(actions, [Action::Report(Report { ticket, locations: late })]);
    let actions = feed(&mut session, &sent(NUMBER, 4, &batch(vec![])), 2);
    assert_eq!(heard(&actions), [ack(4, 0x0704, AckResult::Done)]);
}

#[test]
fn missing_parts_are_asked_for_and_the_whole_is_answered_once() {
    let mut session = authenticated();
    let items: Vec<_> = (0..100).map(location).collect();
    let batch = Message::Batch(Batch { back_fill: true, items: items.clone(), bad: vec![] });
    let pieces = frames(&header(NUMBER, Edition::Y2013, 10), &batch).expect("can be sent");
    assert_eq!(pieces.len(), 3);
    assert_eq!(feed(&mut session, &pieces[0], 2), []);
    assert_eq!(feed(&mut session, &pieces[2], 3), []);
    assert_eq!(session.deadline(), seconds(8));
    let mut out = Vec::new();
    session.tick(seconds(8), &mut out);
    assert_eq!(heard(&out), [Message::Other { id: 0x8003, body: vec![0, 10, 1, 0, 2] }]);
    let actions = feed(&mut session, &pieces[1], 9);
    assert_eq!(actions, [Action::Report(Report { ticket: Ticket { serial: 11, id: 0x0704 }, locations: items })]);
    drop(session);
}

#[test]
fn a_terminal_that_leaves_in_the_middle_of_a_message_leaves_nothing_behind() {
    let mut session = authenticated();
    let items: Vec<_> = (0..100).map(location).collect();
    let batch = Message::Batch(Batch { back_fill: true, items, bad: vec![] });
    let pieces = frames(&header(NUMBER, Edition::Y2013, 10), &batch).expect("can be sent");
    feed(&mut session, &pieces[0], 2);
    let rules = session.rules.clone();
    assert_eq!(rules.parts.lock().len(), 1);
    drop(session);
    assert!(rules.parts.lock().is_empty());
}

#[test]
fn a_text_is_sent_in_the_terminal_s_edition_and_its_answer_is_known_by_the_serial() {
    let mut session = authenticated();
    let text = Message::Text(Text { flags: 0b1000, kind: 1, text: "请绕行".to_owned() });
    let mut out = Vec::new();
    let serial = session.command(&text, &mut out).expect("GBK has it");
    assert_eq!(heard(&out), [Message::Text(Text { flags: 0b1000, kind: 0, text: "请绕行".to_owned() })]);
    let answer = Message::TerminalAck(Ack { serial, id: 0x8300, result: AckResult::Done });
    let actions = feed(&mut session, &sent(NUMBER, 9, &answer), 3);
    assert_eq!(actions, [Action::Answered { serial, result: AckResult::Done }]);
    let emoji = Message::Text(Text { flags: 0, kind: 1, text: "🚛".to_owned() });
    assert!(session.command(&emoji, &mut out).is_err());
}

#[test]
fn a_logged_out_terminal_is_answered_and_let_go() {
    let mut session = authenticated();
    let actions = feed(&mut session, &sent(NUMBER, 3, &Message::Unregister), 2);
    assert_eq!(heard(&actions), [ack(3, 0x0003, AckResult::Done)]);
    assert_eq!(actions.last(), Some(&Action::Close(Close::LoggedOut)));
}

#[test]
fn what_is_cut_off_in_a_datagram_is_not_joined_with_the_next() {
    let mut session = authenticated();
    let report = sent(NUMBER, 3, &Message::Location(location(0)));
    let (mut first, mut second) = (Vec::new(), Vec::new());
    session.datagram(&report[..20], seconds(2), &mut first);
    session.datagram(&report[20..], seconds(2), &mut second);
    assert_eq!(first, [Action::Refused("cut-off")]);
    assert!(!second.iter().any(|action| matches!(action, Action::Report(_))), "{second:?}");
}
