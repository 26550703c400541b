//! From the text of CITY.toml to a [`City`].

use super::city::{Baselines, Camera, ChangeZone, City, ComponentZone, Limits, Lines, Models};
use super::components;
use super::console;
use super::gateway;
use super::problem::{Collector, Problem, Problems};
use super::reader::Reader;
use super::recording;
use super::rules::{self, AnyZone};
use super::save::version_of;
use super::sensors;
use crate::codes::ClassTable;
use crate::payload::OffsetTime;
use crate::source::{DecodeOn, SEGMENTS};
use jiff::tz::TimeZone;
use operators::rules::ZoneRule;
use operators::vocabulary::Millis;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use toml::de::DeTable;

const DEFAULT_CODES: &str = "gbt-47678.5-2026";
const DEFAULT_TIMEZONE: &str = "Asia/Shanghai";
const DEFAULT_LISTEN: &str = "127.0.0.1:8080";
const MAX_FILE_BYTES: u64 = 64 << 20;

/// Reads and checks a CITY.toml.
///
/// # Errors
/// Every problem found, each with file, line and key.
pub fn load(file: &Path) -> Result<City, Problems> {
    parse(file, &read_text(file)?)
}

/// Reads and checks the CITY.toml of a worker in a cluster: its cameras come from the topic `cameras`, so it needs none.
///
/// # Errors
/// Every problem found, each with file, line and key.
pub fn load_for_cluster(file: &Path) -> Result<City, Problems> {
    read(file, &read_text(file)?, Cameras::Elsewhere)
}

/// Checks the `[[camera]]` tables of one text against a city's class table and parts of the day; `file` is what
/// messages call the text.
///
/// # Errors
/// Every problem found, each with line and key.
pub fn parse_cameras(file: &Path, text: &str, city: &City) -> Result<Vec<Camera>, Problems> {
    with_root(file, text, |root| Some(cameras(root, file, Some(&city.codes), &city.baselines, Cameras::Here)))
}

/// Where the cameras of a CITY.toml stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cameras {
    /// In the file: it needs at least one.
    Here,
    /// On the topic `cameras`.
    Elsewhere,
}

/// The text of a CITY.toml, unchecked.
///
/// # Errors
/// It cannot be read, or is no text of at most 64 MiB.
pub fn read_text(file: &Path) -> Result<String, Problems> {
    let whole_file =
        |message: String| Problems(vec![Problem { file: file.to_owned(), line: 1, key: String::new(), message }]);
    let size = std::fs::metadata(file).map_err(|e| whole_file(format!("cannot be read: {e}")))?;
    if !size.is_file() || size.len() > MAX_FILE_BYTES {
        return Err(whole_file("is no file, or one of over 64 MiB; a CITY.toml is a text".to_owned()));
    }
    let bytes = std::fs::read(file).map_err(|e| whole_file(format!("cannot be read: {e}")))?;
    String::from_utf8(bytes).map_err(|_| whole_file("is no UTF-8 text".to_owned()))
}

/// Checks the text of a CITY.toml; `file` is where it stands, for messages and
/// for paths relative to it.
///
/// # Errors
/// Every problem found, each with file, line and key.
pub fn parse(file: &Path, text: &str) -> Result<City, Problems> {
    read(file, text, Cameras::Here)
}

fn read(file: &Path, text: &str, place: Cameras) -> Result<City, Problems> {
    with_root(file, text, |root| city(root, file, text, place))
}

/// What `take` makes of the file's top table; keys that it left are problems.
fn with_root<T>(file: &Path, text: &str, take: impl FnOnce(&Reader<'_>) -> Option<T>) -> Result<T, Problems> {
    let problems = Collector::new(file, text);
    let table = match DeTable::parse(text) {
        Ok(table) => table,
        Err(error) => {
            problems.add(error.span(), "", format!("is not valid TOML: {}", error.message()));
            return problems.into_result(None);
        }
    };
    let root = Reader::root(table.get_ref(), &problems);
    let taken = take(&root);
    root.finish();
    problems.into_result(taken)
}

fn city(root: &Reader<'_>, file: &Path, text: &str, place: Cameras) -> Option<City> {
    let name = root.required_string("city", "demo");
    let log = root.string("log").unwrap_or_else(|| "embedded:./data/log".to_owned());
    if !log.starts_with("embedded:") && !log.starts_with("kafka:") {
        root.problem("log", format!("\"{log}\" is neither \"embedded:FOLDER\" nor \"kafka:HOST:PORT,…\""));
    }
    let store = root.string("store").unwrap_or_else(|| "./data/evidence".to_owned());
    let codes = root.string("codes").unwrap_or_else(|| DEFAULT_CODES.to_owned());
    let codes = ClassTable::open(&codes).map_err(|e| root.problem("codes", e.to_string())).ok();
    let timezone = root.string("timezone").unwrap_or_else(|| DEFAULT_TIMEZONE.to_owned());
    let timezone = TimeZone::get(&timezone)
        .map_err(|_| {
            root.problem("timezone", format!("\"{timezone}\" is no IANA time zone; write e.g. \"Asia/Shanghai\""));
        })
        .ok();
    let listen = root.string("listen").unwrap_or_else(|| DEFAULT_LISTEN.to_owned());
    let listen: Option<SocketAddr> = listen
        .parse()
        .map_err(|_| root.problem("listen", format!("\"{listen}\" is no address; write e.g. \"{DEFAULT_LISTEN}\"")))
        .ok();
    let models = models(root);
    let limits = limits(root);
    let console = console::console(root, &log);
    let codes = codes.map(Arc::new);
    let district = components::district(root);
    let files = root.strings("components").unwrap_or_default();
    let register = files.iter().map(|path| PathBuf::from(resolve(path, file))).collect();
    let baselines = components::baselines(root);
    let record = recording::recording(root);
    let gateway = gateway::gateway(root, file, name.as_deref());
    let sensors = sensors::sensors(root, file, codes.as_deref());
    // A city of devices needs none.
    let devices = sensors.is_some() || root.has("gateway");
    let place = if devices { Cameras::Elsewhere } else { place };
    let cameras = cameras(root, file, codes.as_deref(), &baselines, place);
    Some(City {
        name: name?,
        file: file.to_owned(),
        version: version_of(text),
        log,
        store,
        codes: codes?,
        timezone: timezone?,
        listen: listen?,
        console,
        models,
        limits,
        district,
        components: register,
        baselines,
        record,
        gateway,
        sensors,
        cameras,
        lines: Lines {
            model: root.line_of("model"),
            store: root.line_of("store"),
            components: root.line_of("components"),
        },
    })
}

fn models(root: &Reader<'_>) -> Models {
    let mut models = Models::default();
    models.detector = root.string("model").unwrap_or(models.detector);
    let Some(table) = root.table("inference") else { return models };
    let classifier = |key, default| match table.string(key) {
        None => default,
        Some(name) if name == "off" => None,
        Some(name) => Some(name),
    };
    models.bin_state = classifier("bin_state", models.bin_state);
    models.truck_load = classifier("truck_load", models.truck_load);
    if let Some(device) = table.string("device") {
        let (kind, index) = device.split_once(':').unwrap_or((&device, "0"));
        if !matches!(kind, "cpu" | "cuda" | "tensorrt") || index.parse::<u16>().is_err() {
            table.problem("device", format!("\"{device}\" is none of cpu, cuda, cuda:N, tensorrt, tensorrt:N"));
        }
        models.device = device;
    }
    models.threads = table.integer("threads", 1, 256).map_or(models.threads, |n| n as usize);
    models.max_batch = table.integer("max_batch", 1, 256).map(|n| n as usize);
    models.batch_latency = table.duration("batch_latency").unwrap_or(models.batch_latency);
    models.closer = table.boolean("closer").unwrap_or(models.closer);
    models.fp16 = table.boolean("fp16").unwrap_or(models.fp16);
    if let Some(folder) = table.string("engine_cache") {
        models.engine_cache = PathBuf::from(folder);
    }
    // Whoever has a GPU for the models decodes on it too, where it can.
    models.decode = if models.device.starts_with("cpu") { DecodeOn::Cpu } else { DecodeOn::Auto };
    if let Some(text) = table.string("decode") {
        match text.parse() {
            Ok(decode) => models.decode = decode,
            Err(()) => table.problem("decode", format!("\"{text}\" is none of \"auto\", \"cpu\" and \"cuda\"")),
        }
    }
    models.deadline = table.duration("deadline").unwrap_or(models.deadline);
    table.finish();
    models
}

fn limits(root: &Reader<'_>) -> Limits {
    let mut limits = Limits {
        ring: 30_000,
        ring_bytes: 32 << 20,
        pre_roll: 10_000,
        queue: 4,
        snapshot: 10_000,
        capacity: default_capacity(),
    };
    let Some(table) = root.table("limits") else { return limits };
    limits.ring = table.duration("ring").unwrap_or(limits.ring);
    limits.ring_bytes = table.integer("ring_megabytes", 1, 4096).map_or(limits.ring_bytes, |n| (n as usize) << 20);
    limits.pre_roll = table.duration("pre_roll").unwrap_or(limits.pre_roll);
    limits.queue = table.integer("queue", 1, 1000).map_or(limits.queue, |n| n as usize);
    limits.snapshot = table.duration("snapshot").unwrap_or(limits.snapshot);
    limits.capacity = table.number("capacity", 0.01, 100_000.0).unwrap_or(limits.capacity);
    if limits.pre_roll > limits.ring {
        table.problem("pre_roll", "is longer than the ring that holds the packets; raise `ring` too");
    }
    table.finish();
    limits
}

/// Three quarters of the cores: at 1.51 of 2 no sample was dropped (docs/MEASUREMENTS.md).
fn default_capacity() -> f64 {
    0.75 * std::thread::available_parallelism().map_or(1.0, |cores| cores.get() as f64)
}

fn cameras(
    root: &Reader<'_>,
    file: &Path,
    codes: Option<&ClassTable>,
    baselines: &Baselines,
    place: Cameras,
) -> Vec<Camera> {
    let tables = root.tables("camera");
    if tables.is_empty() && place == Cameras::Here {
        root.problem("camera", "there is no camera; add a [[camera]] table with id and url");
    }
    let mut seen = BTreeSet::new();
    let mut cameras = Vec::new();
    for table in tables {
        let camera = camera(&table, file, codes, baselines);
        if let Some(camera) = camera {
            if !seen.insert((camera.id.clone(), camera.preset.clone())) {
                table.problem("id", format!("camera \"{}\" with this preset stands there twice", camera.id));
            }
            cameras.push(camera);
        }
        table.finish();
    }
    cameras
}

fn camera(table: &Reader<'_>, file: &Path, codes: Option<&ClassTable>, baselines: &Baselines) -> Option<Camera> {
    let id = table.required_string("id", "c-001");
    if let Some(id) = &id {
        check_key(table, id);
    }
    let url = table.required_string("url", "rtsp://192.0.2.10/stream").map(|url| resolve(&url, file));
    let is_file = url.as_deref().is_some_and(is_file);
    if let Some(url) = url.as_deref().filter(|_| !is_file)
        && !["rtsp://", "rtsps://", "http://", "https://", SEGMENTS].iter().any(|s| url.starts_with(s))
    {
        let scheme = url.split_once("://").map_or(url, |(scheme, _)| scheme);
        table.problem(
            "url",
            format!("`{scheme}` is not supported: rtsp, rtsps, http, https, file, segments, or a plain path"),
        );
    }
    let start = table.string("start").and_then(|text| match text.parse::<OffsetTime>() {
        Ok(start) => Some((start.event_time(), start.offset())),
        Err(error) => {
            table.problem("start", format!("{error}; write e.g. \"2026-06-01T08:00:00+08:00\""));
            None
        }
    });
    if start.is_some() && !is_file {
        table.problem("start", "only files have a start; a live camera's event time comes from its stream");
    }
    let udp = match table.string("transport").as_deref() {
        None | Some("tcp") => false,
        Some("udp") => true,
        Some(other) => {
            table.problem("transport", format!("\"{other}\" is neither \"tcp\" nor \"udp\""));
            false
        }
    };
    let repeat = table.boolean("repeat").unwrap_or(false);
    if repeat && !is_file {
        table.problem("repeat", "only files can begin again");
    }
    let by_the_clock = by_the_clock(table, is_file && repeat && start.is_some());
    let resolution = resolution(table);
    let Zones { zones, component_zones, change_zones, classes } = zones(table, codes, baselines);
    let preset = table.string("preset").unwrap_or_else(|| "home".to_owned());
    let location = location(table);
    let name = table.string("name");
    let grid = table.string("grid");
    let sample = table.duration("sample").unwrap_or(1_000);
    let gate = table.boolean("gate").unwrap_or(true);
    let frozen_after = off_or_duration(table, "frozen", Some(30_000));
    let stall_after = table.duration("stall");
    let compare = table.duration("compare");
    let line = table.line_of("id");
    let id = id?;
    Some(Camera {
        name: name.unwrap_or_else(|| id.clone()),
        id,
        url: url?,
        start,
        location,
        grid,
        sample,
        preset,
        udp,
        repeat,
        by_the_clock,
        resolution,
        gate,
        frozen_after,
        stall_after,
        zones,
        component_zones,
        change_zones,
        compare,
        classes,
        line,
    })
}

/// The zones of a camera, by what their rules look at.
#[derive(Default)]
struct Zones {
    zones: Vec<ZoneRule>,
    component_zones: Vec<ComponentZone>,
    change_zones: Vec<ChangeZone>,
    classes: BTreeMap<(String, &'static str), String>,
}

fn zones(table: &Reader<'_>, codes: Option<&ClassTable>, baselines: &Baselines) -> Zones {
    let mut out = Zones::default();
    let mut seen = BTreeSet::new();
    for zone in table.tables("zone") {
        if let Some((any, class)) = rules::zone(&zone, codes, &baselines.parts) {
            let (id, kind) = any.key();
            let key = (id.to_owned(), kind);
            if !seen.insert(key.clone()) {
                zone.problem("id", format!("zone \"{id}\" with this rule stands there twice"));
            }
            if let Some(class) = class {
                out.classes.insert(key, class);
            }
            match any {
                AnyZone::Objects(zone) => out.zones.push(zone),
                AnyZone::Components(zone) => out.component_zones.push(zone),
                AnyZone::Changes(zone) => out.change_zones.push(zone),
            }
        }
        zone.finish();
    }
    out
}

/// Ids become keys on topics and parts of file names.
fn check_key(table: &Reader<'_>, id: &str) {
    if id.len() > 128 || id.chars().any(|c| c.is_control() || c == '/' || c == '\\') {
        table.problem("id", "must be at most 128 bytes, without slashes and control characters");
    }
}

fn location(table: &Reader<'_>) -> Option<[f64; 2]> {
    let [lon, lat] = table.pair("location")?;
    if (-180.0..=180.0).contains(&lon) && (-90.0..=90.0).contains(&lat) {
        return Some([lon, lat]);
    }
    table.problem("location", format!("[{lon}, {lat}] is no [longitude, latitude] in degrees; are they swapped?"));
    None
}

/// `play = "clock"`: a looping file is a live camera that shows at each moment what the clock says.
fn by_the_clock(table: &Reader<'_>, possible: bool) -> bool {
    match table.string("play").as_deref() {
        None => false,
        Some("clock") if possible => true,
        Some("clock") => {
            table.problem("play", "\"clock\" is for files with `repeat = true` and a `start`");
            false
        }
        Some(other) => {
            table.problem("play", format!("\"{other}\" is no way to play; write \"clock\", or leave the key out"));
            false
        }
    }
}

/// `resolution = [1920, 1080]`: what a cluster takes the camera's pictures to be before it has seen one.
fn resolution(table: &Reader<'_>) -> [u32; 2] {
    const USUAL: [u32; 2] = [1920, 1080];
    let Some([width, height]) = table.pair("resolution") else { return USUAL };
    let fits = |side: f64| (16.0..=16_384.0).contains(&side) && side.fract() == 0.0;
    if fits(width) && fits(height) {
        return [width as u32, height as u32];
    }
    table.problem("resolution", "is columns and rows of a picture, each 16 to 16384, such as [1920, 1080]");
    USUAL
}

fn off_or_duration(table: &Reader<'_>, key: &'static str, default: Option<Millis>) -> Option<Millis> {
    match table.get(key) {
        None => default,
        Some(item) if item.value.as_str() == Some("off") => None,
        Some(_) => table.duration(key),
    }
}

/// Whether the (resolved) URL names a file.
pub(super) fn is_file(url: &str) -> bool {
    url.starts_with("file://") || !(url.contains("://") || url.starts_with(SEGMENTS))
}

/// Plain paths stay as they are where they exist from the current directory,
/// and are taken relative to CITY.toml's folder otherwise.
pub(super) fn resolve(url: &str, file: &Path) -> String {
    if url.contains("://") || url.starts_with(SEGMENTS) || Path::new(url).is_absolute() || Path::new(url).exists() {
        return url.to_owned();
    }
    let beside: PathBuf = file.parent().unwrap_or(Path::new(".")).join(url);
    if beside.exists() { beside.to_string_lossy().into_owned() } else { url.to_owned() }
}
