//! From a maker's message to a reading, as CITY.toml says. Pure.

use super::field::{Field, Found, Source, number};
use operators::ground::LonLat;
use operators::vocabulary::{DeviceKind, EventTime, Millis, Quality, Reading};
use serde_json::Value;
use std::collections::BTreeMap;

/// Longest message that is looked at. A sensor's has some hundred bytes.
pub const LONGEST: usize = 64 << 10;
/// Longest id of a device.
const LONGEST_ID: usize = 128;

/// How the messages of some topics are read.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping {
    /// Levels of the topic.
    pub topic: Vec<Level>,
    /// What the devices are.
    pub kind: DeviceKind,
    /// JSON pointer to the device's id, where the topic does not hold it.
    pub device: Option<String>,
    /// The messages are of a recogniser: `device` is a plate, and this points to the id of the camera that read it.
    pub plate: Option<String>,
    /// Put before the id, so that two makers' numbers stay apart.
    pub prefix: String,
    /// When it was so; without it, when the message comes in.
    pub time: Option<TimeSource>,
    /// Longitude and latitude, for devices that say where they are.
    pub place: Option<[Source; 2]>,
    /// A retained message that is older than this is not taken.
    pub stale: Millis,
    /// Values.
    pub values: BTreeMap<Field, Source>,
}

/// One level of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Level {
    /// This text.
    Text(String),
    /// Any text.
    Any,
    /// The device's id.
    Device,
    /// All further levels.
    Rest,
}

/// Where a message says its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeSource {
    /// JSON pointer.
    pub pointer: String,
    /// How it is written.
    pub unit: TimeUnit,
}

/// How a time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeUnit {
    /// Milliseconds since 1970.
    Milliseconds,
    /// Seconds since 1970.
    Seconds,
    /// RFC 3339 with an offset.
    Rfc3339,
}

/// Why a message is no reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ignored {
    /// No mapping has its topic.
    NoMapping,
    /// It is longer than [`LONGEST`].
    TooLong,
    /// It is no JSON.
    Json,
    /// It names no device.
    Device,
    /// Its time is missing, or is none.
    Time,
    /// None of the values is in it.
    NoValue,
    /// The broker kept it, and nothing says since when.
    RetainedWithoutTime,
    /// The broker kept it for too long.
    RetainedOld,
}

impl Ignored {
    /// A short word for counting.
    pub const fn reason(self) -> &'static str {
        match self {
            Ignored::NoMapping => "no-mapping",
            Ignored::TooLong => "too-long",
            Ignored::Json => "json",
            Ignored::Device => "device",
            Ignored::Time => "time",
            Ignored::NoValue => "no-value",
            Ignored::RetainedWithoutTime => "retained-without-time",
            Ignored::RetainedOld => "retained-old",
        }
    }
}

/// A message that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// The reading.
    pub reading: Reading,
    /// Values that were there and could not be read; they are unknown.
    pub odd: u64,
}

/// Levels of a topic with `{device}`, `+` and `#`.
///
/// # Errors
/// What is wrong with it.
pub fn levels(topic: &str) -> Result<Vec<Level>, String> {
    let level = |text: &str| match text {
        "{device}" => Ok(Level::Device),
        "+" => Ok(Level::Any),
        "#" => Ok(Level::Rest),
        text if text.contains(['{', '}', '+', '#']) => {
            Err(format!("\"{text}\" in \"{topic}\": {{device}}, + and # are whole levels"))
        }
        text => Ok(Level::Text(text.to_owned())),
    };
    let levels: Vec<_> = topic.split('/').map(level).collect::<Result<_, _>>()?;
    let devices = levels.iter().filter(|level| **level == Level::Device).count();
    let early_rest = levels.iter().rev().skip(1).any(|level| *level == Level::Rest);
    match (devices, early_rest) {
        (_, true) => Err(format!("\"{topic}\": # can only be the last level")),
        (0 | 1, false) => Ok(levels),
        _ => Err(format!("\"{topic}\" has {{device}} twice")),
    }
}

impl Mapping {
    /// The filter to subscribe to.
    pub fn filter(&self) -> String {
        let level = |level: &Level| match level {
            Level::Text(text) => text.clone(),
            Level::Any | Level::Device => "+".to_owned(),
            Level::Rest => "#".to_owned(),
        };
        self.topic.iter().map(level).collect::<Vec<_>>().join("/")
    }

    /// Whether a topic is one of its, and the device that the topic names.
    pub fn matches<'t>(&self, topic: &'t str) -> Option<Option<&'t str>> {
        let (mut device, mut said) = (None, topic.split('/'));
        for level in &self.topic {
            if *level == Level::Rest {
                return Some(device);
            }
            let text = said.next()?;
            match level {
                Level::Text(wanted) if wanted != text => return None,
                Level::Device => device = Some(text),
                _ => {}
            }
        }
        said.next().is_none().then_some(device)
    }

    /// Reads one message. `named` is the device that the topic names.
    ///
    /// # Errors
    /// Why it is no reading.
    pub fn read(
        &self,
        named: Option<&str>,
        payload: &[u8],
        retained: bool,
        arrived: EventTime,
    ) -> Result<Taken, Ignored> {
        if payload.len() > LONGEST {
            return Err(Ignored::TooLong);
        }
        let message: Value = serde_json::from_slice(payload).map_err(|_| Ignored::Json)?;
        let device = self.device(named, &message).ok_or(Ignored::Device)?;
        let at = match &self.time {
            Some(time) => time.read(&message).ok_or(Ignored::Time)?,
            None if retained => return Err(Ignored::RetainedWithoutTime),
            None => arrived,
        };
        if retained && arrived.since(at) > self.stale {
            return Err(Ignored::RetainedOld);
        }
        let mut found = self.found(&message);
        let camera = match &self.plate {
            Some(pointer) => Some(text(message.pointer(pointer)).ok_or(Ignored::NoValue)?),
            None if found.numbers.is_empty() && found.flags.is_empty() => return Err(Ignored::NoValue),
            None => None,
        };
        let place = self.place.as_ref().and_then(|[lon, lat]| match (lon.number(&message), lat.number(&message)) {
            (Ok(Some(lon)), Ok(Some(lat))) => Some(LonLat::new(lon, lat)),
            (Ok(None), Ok(None)) => None,
            _ => {
                found.odd += 1;
                None
            }
        });
        let values = if camera.is_some() { found.plate() } else { found.values(self.kind) };
        let reading = Reading { device, at, arrived, place, camera, quality: Quality::GOOD, values };
        Ok(Taken { reading, odd: found.odd })
    }

    fn device(&self, named: Option<&str>, message: &Value) -> Option<String> {
        let id = match &self.device {
            None => named?.to_owned(),
            Some(pointer) => text(message.pointer(pointer))?,
        };
        let fits = !id.is_empty() && id.len() <= LONGEST_ID && !id.chars().any(char::is_control);
        let prefix = if self.plate.is_some() { "plate:" } else { &self.prefix };
        // Recognisers write the dot of a plate or leave it out, with and without spaces.
        let id = if self.plate.is_some() { id.replace([' ', '·', '-'], "") } else { id };
        fits.then(|| format!("{prefix}{id}"))
    }

    fn found(&self, message: &Value) -> Found {
        let mut found = Found::default();
        for (field, source) in &self.values {
            let read = match field.is_flag() {
                true => source.flag(message).map(|flag| flag.map(|flag| found.flags.insert(*field, flag)).is_some()),
                false => source.number(message).map(|n| n.map(|n| found.numbers.insert(*field, n as f32)).is_some()),
            };
            found.odd += u64::from(read.is_err());
        }
        found
    }
}

/// A name that a message holds, as text or number.
fn text(value: Option<&Value>) -> Option<String> {
    let text = match value? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty() && text.len() <= LONGEST_ID).then_some(text)
}

impl TimeSource {
    fn read(&self, message: &Value) -> Option<EventTime> {
        let value = message.pointer(&self.pointer)?;
        let millis = match self.unit {
            TimeUnit::Milliseconds => number(value)?,
            TimeUnit::Seconds => number(value)? * 1000.0,
            TimeUnit::Rfc3339 => {
                return value.as_str()?.parse::<jiff::Timestamp>().ok().map(|at| EventTime(at.as_millisecond()));
            }
        };
        // Years 1970 to 9999: anything else is no time.
        (0.0..253_402_300_800_000.0).contains(&millis).then_some(EventTime(millis as i64))
    }
}
