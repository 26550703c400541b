//! Any message, for property tests.

use super::message::*;
use super::{Edition, Header, Phone};
use operators::vocabulary::EventTime;
use proptest::prelude::*;

pub fn edition() -> impl Strategy<Value = Edition> {
    prop_oneof![Just(Edition::Y2011), Just(Edition::Y2013), Just(Edition::Y2019)]
}

pub fn header(edition: Edition) -> impl Strategy<Value = Header> {
    // What is on the wire does not say 2011.
    let sent = if edition == Edition::Y2011 { Edition::Y2013 } else { edition };
    ("[0-9]{1,12}", any::<u16>(), any::<u8>()).prop_map(move |(digits, serial, protocol)| Header {
        id: 0,
        edition: sent,
        protocol: if sent == Edition::Y2019 { protocol } else { 0 },
        encryption: 0,
        phone: Phone::new(&digits, sent).expect("digits"),
        serial,
        part: None,
    })
}

/// A text of GBK that has no padding at its end, at most `most` characters of one byte, or half as many.
fn text(most: usize) -> impl Strategy<Value = String> {
    let wide = prop::sample::select("苏京沪浙粤渣土车环卫测试城管".chars().collect::<Vec<_>>());
    let half = most / 2;
    prop_oneof![
        prop::collection::vec(prop::char::range('!', '~'), 0..=most).prop_map(|c| c.into_iter().collect()),
        prop::collection::vec(wide, 0..=half).prop_map(|c| c.into_iter().collect()),
    ]
}

fn instant() -> impl Strategy<Value = EventTime> {
    // 2000 to 2099 in China.
    (946_656_000i64..4_102_416_000).prop_map(|s| EventTime(s * 1000))
}

fn extra() -> impl Strategy<Value = Extra> {
    let other = (any::<u8>(), prop::collection::vec(any::<u8>(), 0..40));
    prop_oneof![
        any::<u32>().prop_map(Extra::Mileage),
        any::<u16>().prop_map(Extra::Fuel),
        any::<u16>().prop_map(Extra::RecorderSpeed),
        any::<u16>().prop_map(Extra::ManualAlarm),
        any::<[u8; 30]>().prop_map(Extra::TyrePressure),
        any::<u16>().prop_map(Extra::CarriageTemperature),
        Just(Extra::OverSpeed { kind: 0, area: None }),
        (1u8.., any::<u32>()).prop_map(|(kind, area)| Extra::OverSpeed { kind, area: Some(area) }),
        any::<(u8, u32, u8)>().prop_map(|(kind, id, direction)| Extra::Area { kind, id, direction }),
        any::<(u32, u16, u8)>().prop_map(|(segment, seconds, result)| Extra::SegmentTime { segment, seconds, result }),
        any::<u32>().prop_map(Extra::VideoAlarms),
        any::<u32>().prop_map(Extra::VideoLost),
        any::<u32>().prop_map(Extra::VideoCovered),
        any::<u16>().prop_map(Extra::StorageFailed),
        any::<(u16, u8)>().prop_map(|(kinds, fatigue)| Extra::Driving { kinds, fatigue }),
        any::<u32>().prop_map(Extra::VehicleSignals),
        any::<u16>().prop_map(Extra::Io),
        any::<[u16; 2]>().prop_map(Extra::Analogue),
        any::<u8>().prop_map(Extra::Rssi),
        any::<u8>().prop_map(Extra::Satellites),
        other.prop_map(|(id, bytes)| Extra::Other { id: if bytes.len() > 30 { id } else { id | 0x80 }, bytes }),
    ]
}

pub fn location() -> impl Strategy<Value = Location> {
    let numbers = any::<(u32, u32, u32, u32, u16, u16, u16)>();
    (numbers, instant(), prop::collection::vec(extra(), 0..6)).prop_map(|(n, at, extras)| Location {
        alarms: n.0,
        status: n.1,
        latitude: n.2,
        longitude: n.3,
        altitude: n.4,
        speed: n.5,
        direction: n.6,
        at,
        extras,
        cut_off: vec![],
    })
}

fn ack() -> impl Strategy<Value = Ack> {
    any::<(u16, u16, u8)>().prop_map(|(serial, id, result)| Ack { serial, id, result: result.into() })
}

fn registration(edition: Edition) -> impl Strategy<Value = Registration> {
    let (maker, model, terminal) = match edition {
        Edition::Y2011 => (5, 8, 7),
        Edition::Y2013 => (5, 20, 7),
        Edition::Y2019 => (11, 30, 30),
    };
    // Model and number of a terminal are letters; so a body tells its edition. Colour and plate of a real vehicle.
    let word = |most: usize| prop::string::string_regex(&format!("[A-Z0-9.-]{{0,{most}}}")).expect("a pattern");
    let plate = prop_oneof![
        ("[苏京沪浙粤][A-Z][A-Z0-9]{5,6}", 1u8..=9).prop_map(|(plate, colour)| (colour, plate)),
        "[A-Z0-9]{17}".prop_map(|vin| (0u8, vin)),
    ];
    (any::<(u16, u16)>(), text(maker), word(model), word(terminal), plate).prop_map(
        move |((province, city), maker, model, terminal, (colour, plate))| Registration {
            edition,
            province,
            city,
            maker,
            model,
            terminal,
            colour: colour.into(),
            plate,
        },
    )
}

fn authentication(edition: Edition) -> impl Strategy<Value = Authentication> {
    (text(60), text(15), text(20)).prop_map(move |(code, imei, software)| match edition {
        Edition::Y2019 => Authentication { code, imei, software },
        _ => Authentication { code, imei: String::new(), software: String::new() },
    })
}

fn corner() -> impl Strategy<Value = Corner> {
    any::<(u32, u32)>().prop_map(|(latitude, longitude)| Corner { latitude, longitude })
}

fn speed(edition: Edition) -> impl Strategy<Value = SpeedLimit> {
    any::<(u16, u8, u16)>().prop_map(move |(kmh, seconds, night)| SpeedLimit {
        kmh,
        seconds,
        night_kmh: if edition == Edition::Y2019 { night } else { 0 },
    })
}

fn limits(edition: Edition) -> impl Strategy<Value = Limits> {
    let hours = prop::option::of(any::<([u8; 6], [u8; 6])>());
    (any::<u16>(), hours, prop::option::of(speed(edition))).prop_map(|(flags, hours, speed)| Limits {
        flags: flags & !0b11,
        hours: hours.map(|(from, until)| [AreaTime(from), AreaTime(until)]),
        speed,
    })
}

fn name(edition: Edition) -> impl Strategy<Value = String> {
    text(40).prop_map(move |name| if edition == Edition::Y2019 { name } else { String::new() })
}

fn circles(edition: Edition) -> impl Strategy<Value = SetAreas<Circle>> {
    let one = (any::<(u32, u32)>(), limits(edition), corner(), name(edition))
        .prop_map(|((id, radius), limits, centre, name)| Circle { id, limits, centre, radius, name });
    (any::<u8>(), prop::collection::vec(one, 0..5)).prop_map(|(action, areas)| SetAreas { action, areas })
}

fn rectangles(edition: Edition) -> impl Strategy<Value = SetAreas<Rectangle>> {
    let one = (any::<u32>(), limits(edition), corner(), corner(), name(edition)).prop_map(
        |(id, limits, upper_left, lower_right, name)| Rectangle { id, limits, upper_left, lower_right, name },
    );
    (any::<u8>(), prop::collection::vec(one, 0..5)).prop_map(|(action, areas)| SetAreas { action, areas })
}

fn polygon(edition: Edition) -> impl Strategy<Value = PolygonArea> {
    (any::<u32>(), limits(edition), prop::collection::vec(corner(), 0..300), name(edition))
        .prop_map(|(id, limits, corners, name)| PolygonArea { id, limits, corners, name })
}

fn route(edition: Edition) -> impl Strategy<Value = Route> {
    let turn = (any::<(u32, u32, u8, u8)>(), corner(), any::<Option<[u16; 2]>>(), prop::option::of(speed(edition)))
        .prop_map(|((id, segment, width, flags), at, times, speed)| Turn {
            id,
            segment,
            at,
            width,
            flags: flags & !0b11,
            times,
            speed,
        });
    (any::<u32>(), limits(edition), prop::collection::vec(turn, 0..150), name(edition))
        .prop_map(|(id, limits, turns, name)| Route { id, limits: Limits { speed: None, ..limits }, turns, name })
}

fn delete() -> impl Strategy<Value = DeleteAreas> {
    let kind =
        prop_oneof![Just(AreaKind::Circle), Just(AreaKind::Rectangle), Just(AreaKind::Polygon), Just(AreaKind::Route)];
    (kind, prop::collection::vec(any::<u32>(), 0..20)).prop_map(|(kind, ids)| DeleteAreas { kind, ids })
}

pub fn message(edition: Edition) -> impl Strategy<Value = Message> {
    let batch = (any::<bool>(), prop::collection::vec(location(), 0..60)).prop_map(|(back_fill, items)| Batch {
        back_fill,
        items,
        bad: vec![],
    });
    let reply = (any::<u16>(), 0u8..5, text(40)).prop_map(|(serial, result, code)| RegisterReply {
        serial,
        result,
        code: (result == 0).then_some(code),
    });
    let for_driver = (any::<(u8, u8)>(), text(500)).prop_map(move |((flags, kind), text)| Text {
        flags,
        kind: if edition == Edition::Y2019 { kind } else { 0 },
        text,
    });
    let known = [1, 2, 3, 0x100, 0x102, 0x200, 0x704, 0x8001, 0x8100, 0x8300];
    let other = (any::<u16>(), prop::collection::vec(any::<u8>(), 0..3000))
        .prop_filter("an id that is not known", move |(id, _)| !known.contains(id) && !(0x8600..=0x8607).contains(id))
        .prop_map(|(id, body)| Message::Other { id, body });
    prop_oneof![
        ack().prop_map(Message::TerminalAck),
        Just(Message::Heartbeat),
        Just(Message::Unregister),
        registration(edition).prop_map(Message::Register),
        authentication(edition).prop_map(Message::Authenticate),
        location().prop_map(Message::Location),
        batch.prop_map(Message::Batch),
        ack().prop_map(Message::PlatformAck),
        reply.prop_map(Message::Registered),
        for_driver.prop_map(Message::Text),
        circles(edition).prop_map(Message::SetCircles),
        rectangles(edition).prop_map(Message::SetRectangles),
        polygon(edition).prop_map(Message::SetPolygon),
        route(edition).prop_map(Message::SetRoute),
        delete().prop_map(Message::DeleteAreas),
        other,
    ]
}
