//! The types of CITY.toml after checking: nothing in here can be wrong any more.

use super::console::ConsoleConfig;
use super::gateway::Gateway;
use super::recording::Recording;
use super::sensors::Sensors;
use crate::codes::ClassTable;
use crate::payload::OffsetTime;
use crate::source::{DecodeOn, SEGMENTS};
use jiff::tz::{Offset, TimeZone};
use operators::components::{ComponentWatchConfig, NewcomersConfig};
use operators::rules::ZoneRule;
use operators::schedule::Schedule;
use operators::vocabulary::{EventTime, LocalTime, Millis, Polygon};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// A whole city.
#[derive(Debug, Clone)]
pub struct City {
    /// Its name.
    pub name: String,
    /// The file it was read from.
    pub file: PathBuf,
    /// SHA-256 of the file's text, in hex: the configuration version that evidence names.
    pub version: String,
    /// Where the topics are: `embedded:DIR` or `kafka:host:port,…`.
    pub log: String,
    /// Where evidence goes: a folder or `s3://bucket/prefix`.
    pub store: String,
    /// Class codes.
    pub codes: Arc<ClassTable>,
    /// Zone of schedules, and of event times for live cameras.
    pub timezone: TimeZone,
    /// Where the console and the metrics listen.
    pub listen: SocketAddr,
    /// The console.
    pub console: ConsoleConfig,
    /// Which models, and how they run.
    pub models: Models,
    /// Limits of the process.
    pub limits: Limits,
    /// The division whose digits every component id must begin with.
    pub district: Option<String>,
    /// Files of the register of components; empty where the topic `components` has it.
    pub components: Vec<PathBuf>,
    /// Where baselines are kept, and of which parts of the day.
    pub baselines: Baselines,
    /// How `streetwatch record` records.
    pub record: Recording,
    /// How terminals and sensors come in, where they do.
    pub gateway: Option<Gateway>,
    /// The rules over vehicles, bins, covers and gauges, where the city has such devices.
    pub sensors: Option<Sensors>,
    /// The cameras.
    pub cameras: Vec<Camera>,
    /// Where in the file things stand that only a later look can find wrong.
    pub lines: Lines,
}

/// Where baselines are kept, and of which parts of the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Baselines {
    /// The folder.
    pub store: PathBuf,
    /// Parts of the day, each with its own baseline; the first that is open holds.
    pub parts: Vec<PartOfDay>,
}

/// A part of the day: its light is its own, and so is its baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartOfDay {
    /// Its name, such as `day`; also a folder's.
    pub name: String,
    /// When it is, in the camera's wall time.
    pub schedule: Schedule,
}

impl Baselines {
    /// The part of the day that a moment is in, if it is in any.
    pub fn part(&self, local: LocalTime) -> Option<&PartOfDay> {
        self.parts.iter().find(|part| part.schedule.is_open(local))
    }
}

/// Lines of keys, from 1; 1 for a key that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lines {
    /// Of `model`.
    pub model: usize,
    /// Of `store`.
    pub store: usize,
    /// Of `components`.
    pub components: usize,
}

/// Which models, and how they run.
#[derive(Debug, Clone, PartialEq)]
pub struct Models {
    /// Detector: the name of a model folder, or a path to one.
    pub detector: String,
    /// Classifier for crops of bins; `None` where it is switched off.
    pub bin_state: Option<String>,
    /// Classifier for crops of muck trucks; `None` where it is switched off.
    pub truck_load: Option<String>,
    /// `cpu`, `cuda`, `cuda:N`, `tensorrt`, `tensorrt:N`.
    pub device: String,
    /// Inference threads; on the CPU one picture each.
    pub threads: usize,
    /// GPU only: largest batch across cameras, where the model allows batches; `None` for what is measured at the start.
    pub max_batch: Option<usize>,
    /// GPU only: a run of the measured batch may take so long.
    pub batch_latency: Millis,
    /// GPU only: how long a batch may wait to fill.
    pub deadline: Millis,
    /// TensorRT only: half precision.
    pub fp16: bool,
    /// TensorRT only: where built engines are kept.
    pub engine_cache: PathBuf,
    /// Whether what is suspected is looked at once more, at twice the size.
    pub closer: bool,
    /// What decodes pictures.
    pub decode: DecodeOn,
}

impl Default for Models {
    fn default() -> Self {
        Models {
            detector: "street-nano".to_owned(),
            bin_state: Some("bin-state".to_owned()),
            truck_load: Some("truck-load".to_owned()),
            device: "cpu".to_owned(),
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            max_batch: None,
            batch_latency: 50,
            deadline: 10,
            fp16: true,
            engine_cache: PathBuf::from("./data/engines"),
            closer: true,
            decode: DecodeOn::Cpu,
        }
    }
}

/// Limits of the process.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Encoded packets kept per camera, in time.
    pub ring: Millis,
    /// Encoded packets kept per camera, in bytes.
    pub ring_bytes: usize,
    /// Clip before the deciding picture.
    pub pre_roll: Millis,
    /// Wanted pictures that may wait per camera before the oldest is dropped.
    pub queue: usize,
    /// How often an operator snapshot goes to the topic `state`, at most.
    pub snapshot: Millis,
    /// Cores that the cameras of a worker in a cluster may cost.
    pub capacity: f64,
}

/// One camera at one preset.
#[derive(Debug, Clone)]
pub struct Camera {
    /// Id, the key on the topics.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Where its stream is: as written, with paths resolved. May hold a password: never log it.
    pub url: String,
    /// Files only: event time of the first picture, and the offset it was written with.
    pub start: Option<(EventTime, Offset)>,
    /// Longitude and latitude, WGS-84 degrees.
    pub location: Option<[f64; 2]>,
    /// Grid cell.
    pub grid: Option<String>,
    /// How often a picture is wanted.
    pub sample: Millis,
    /// Preset the zones were drawn for.
    pub preset: String,
    /// RTSP over UDP rather than TCP.
    pub udp: bool,
    /// Files only: begin again at the end.
    pub repeat: bool,
    /// Looping files only: at each moment show what the clock says, as a live camera does.
    pub by_the_clock: bool,
    /// Columns and rows of its pictures as far as is known beforehand; for the cost only.
    pub resolution: [u32; 2],
    /// Skip inference for unchanged pictures.
    pub gate: bool,
    /// Identical pictures for so long mean a frozen camera; `None` for sources that may stand still.
    pub frozen_after: Option<Millis>,
    /// Nothing received for so long means stalled; `None` learns it from the camera.
    pub stall_after: Option<Millis>,
    /// Zones with their rules, but for those below.
    pub zones: Vec<ZoneRule>,
    /// Zones of the rule `component`.
    pub component_zones: Vec<ComponentZone>,
    /// Zones of the rule `unregistered-change`.
    pub change_zones: Vec<ChangeZone>,
    /// A picture is compared with the baseline at most so often; `None` for every sampled one.
    pub compare: Option<Millis>,
    /// Class code by zone and rule kind, where CITY.toml names one instead of the rule's own.
    pub classes: BTreeMap<(String, &'static str), String>,
    /// Line of its `[[camera]]` in the file, for later complaints.
    pub line: usize,
}

/// A zone of the rule `component`: which components of this view are watched, and how patiently.
#[derive(Debug, Clone, PartialEq)]
pub struct ComponentZone {
    /// Zone id.
    pub id: String,
    /// Only components whose outline's middle lies in here; `None` for the whole picture.
    pub polygon: Option<Polygon>,
    /// Only these components; `None` for all that the register has in this view.
    pub components: Option<Vec<String>>,
    /// Votes and times.
    pub watch: ComponentWatchConfig,
    /// Line of its `[[camera.zone]]`, for later complaints.
    pub line: usize,
}

/// A zone of the rule `unregistered-change`: where nothing may come to stand that is not registered.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangeZone {
    /// Zone id.
    pub id: String,
    /// The watched area.
    pub polygon: Polygon,
    /// How long, how large.
    pub watch: NewcomersConfig,
    /// What it is filed as: a problem of the crosswalk, `illegal-building` or `illegal-outdoor-ad`.
    pub problem: &'static str,
    /// Part of the day whose baseline holds.
    pub part: String,
    /// Line of its `[[camera.zone]]`, for later complaints.
    pub line: usize,
}

/// The rule `component`, as CITY.toml writes it.
pub const COMPONENT: &str = operators::components::RULE;
/// The rule `unregistered-change`, as CITY.toml writes it.
pub const UNREGISTERED_CHANGE: &str = "unregistered-change";

impl Camera {
    /// Whether pictures are compared with a baseline.
    pub fn compares(&self) -> bool {
        !self.component_zones.is_empty() || !self.change_zones.is_empty()
    }

    /// Whether its pictures come from the topic `segments`.
    pub fn is_segments(&self) -> bool {
        self.url.starts_with(SEGMENTS)
    }

    /// Whether its source is a recording rather than a live stream.
    pub fn is_file(&self) -> bool {
        super::parse::is_file(&self.url)
    }

    /// A zone with the rule of this kind.
    pub fn zone(&self, id: &str, rule: &str) -> Option<&ZoneRule> {
        self.zones.iter().find(|z| z.id == id && z.rule.kind() == rule)
    }

    /// This camera's event time with its offset: the one its `start` was
    /// written with, or the city's at that moment.
    pub fn time(&self, at: EventTime, city: &TimeZone) -> OffsetTime {
        let offset = match self.start {
            Some((_, offset)) => offset,
            None => {
                let moment = jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
                city.to_offset(moment)
            }
        };
        OffsetTime::new(at, offset)
    }
}
