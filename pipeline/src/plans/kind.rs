//! The kinds of files in a plans folder: names, fields, words.

use operators::fleet::{FenceKind, VehicleClass};
use operators::vocabulary::{DeviceKind, Weekday};

/// A kind of row, with a file of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
pub enum PlanKind {
    /// Areas.
    Fences,
    /// Permitted routes.
    Routes,
    /// Roads with their limits.
    Roads,
    /// Planned work.
    Plans,
    /// Permits.
    Permits,
    /// Vehicles.
    Vehicles,
    /// Bins, covers and gauges.
    Devices,
}

impl PlanKind {
    /// All of them; what others name comes first.
    pub const ALL: [PlanKind; 7] = [
        PlanKind::Fences,
        PlanKind::Routes,
        PlanKind::Roads,
        PlanKind::Plans,
        PlanKind::Vehicles,
        PlanKind::Permits,
        PlanKind::Devices,
    ];

    /// Its file in the folder.
    pub const fn file_name(self) -> &'static str {
        match self {
            PlanKind::Fences => "fences.geojson",
            PlanKind::Routes => "routes.geojson",
            PlanKind::Roads => "roads.geojson",
            PlanKind::Plans => "plans.geojson",
            PlanKind::Permits => "permits.csv",
            PlanKind::Vehicles => "vehicles.csv",
            PlanKind::Devices => "devices.csv",
        }
    }

    /// One of them, for messages.
    pub const fn one(self) -> &'static str {
        match self {
            PlanKind::Fences => "fence",
            PlanKind::Routes => "route",
            PlanKind::Roads => "road",
            PlanKind::Plans => "plan",
            PlanKind::Permits => "permit",
            PlanKind::Vehicles => "vehicle",
            PlanKind::Devices => "device",
        }
    }

    /// The field that is a row's id.
    pub const fn key(self) -> &'static str {
        match self {
            PlanKind::Vehicles | PlanKind::Devices => "device",
            _ => "id",
        }
    }

    /// Its fields, in the order in which a CSV file has them. `shape` is a drawn thing's well-known text.
    pub const fn fields(self) -> &'static [&'static str] {
        match self {
            PlanKind::Fences => &["id", "kind", "name", "schedule", "classes", "vehicles", "max_stay", "shape"],
            PlanKind::Routes => &["id", "name", "width_m", "shape"],
            PlanKind::Roads => &["id", "name", "limit_kmh", "shape"],
            PlanKind::Plans => &["id", "name", "days", "from", "until", "vehicles", "share", "shape"],
            PlanKind::Permits => &["id", "vehicle", "from", "until", "schedule", "routes", "sites", "enter"],
            PlanKind::Vehicles => &["device", "plate", "class", "name"],
            PlanKind::Devices => &["device", "kind", "component", "name", "lon", "lat", "grid", "camera", "zone"],
        }
    }
}

pub(super) const FENCES: [(&str, FenceKind); 4] = [
    ("no-entry", FenceKind::NoEntry),
    ("keep-in", FenceKind::KeepIn),
    ("site", FenceKind::Site),
    ("depot", FenceKind::Depot),
];

pub(super) const CLASSES: [(&str, VehicleClass); 5] = [
    ("muck-truck", VehicleClass::MuckTruck),
    ("sweeper", VehicleClass::Sweeper),
    ("refuse-truck", VehicleClass::RefuseTruck),
    ("patrol", VehicleClass::Patrol),
    ("other", VehicleClass::Other),
];

pub(super) const DAYS: [(&str, Weekday); 7] = [
    ("Mon", Weekday::Mon),
    ("Tue", Weekday::Tue),
    ("Wed", Weekday::Wed),
    ("Thu", Weekday::Thu),
    ("Fri", Weekday::Fri),
    ("Sat", Weekday::Sat),
    ("Sun", Weekday::Sun),
];

pub(super) const DEVICES: [(&str, DeviceKind); 3] =
    [("bin", DeviceKind::Bin), ("cover", DeviceKind::Cover), ("gauge", DeviceKind::Gauge)];

/// The word of something in one of these lists.
pub(super) fn word_of<T: PartialEq>(words: &[(&'static str, T)], of: &T) -> &'static str {
    words.iter().find(|(_, value)| value == of).map_or("", |(word, _)| word)
}
