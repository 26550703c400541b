//! What a detector can name, and in which condition a classifier finds it.
//!
//! These are the words of the pictures. The words of the law (class codes) are
//! a versioned table in data, never an enum: see the pipeline's `codes`.

use serde::{Deserialize, Serialize};

/// A kind of object. A model's manifest maps its own classes to these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Label {
    /// A person on foot, standing or sitting.
    Person,
    /// Bicycle, motorcycle, scooter, with or without rider.
    TwoWheeler,
    /// Three-wheeled carrier.
    Tricycle,
    /// Car, including vans of car size.
    Car,
    /// Bus or coach.
    Bus,
    /// Truck that is no muck truck.
    Truck,
    /// Dump truck for muck and construction waste (渣土车).
    MuckTruck,
    /// Vendor's stall: cart, mat with goods, table.
    Stall,
    /// Open umbrella or sunshade.
    Umbrella,
    /// Litter bin or waste container.
    Bin,
    /// Waste lying about: bags, heaps.
    Waste,
    /// A registered street component. No detector names it: the comparison with a baseline does.
    Component,
    /// Something that stands where nothing is registered. No detector names it either.
    Structure,
}

impl Label {
    /// Every label that a detector can name, in declaration order.
    pub const ALL: [Label; 11] = [
        Label::Person,
        Label::TwoWheeler,
        Label::Tricycle,
        Label::Car,
        Label::Bus,
        Label::Truck,
        Label::MuckTruck,
        Label::Stall,
        Label::Umbrella,
        Label::Bin,
        Label::Waste,
    ];

    /// The kebab-case word, as manifests and payloads write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Label::Person => "person",
            Label::TwoWheeler => "two-wheeler",
            Label::Tricycle => "tricycle",
            Label::Car => "car",
            Label::Bus => "bus",
            Label::Truck => "truck",
            Label::MuckTruck => "muck-truck",
            Label::Stall => "stall",
            Label::Umbrella => "umbrella",
            Label::Bin => "bin",
            Label::Waste => "waste",
            Label::Component => "component",
            Label::Structure => "structure",
        }
    }

    /// A motor vehicle with four wheels or more. Detectors flicker between
    /// these for one object, so trackers treat them as one family.
    pub const fn is_motor_vehicle(self) -> bool {
        matches!(self, Label::Car | Label::Bus | Label::Truck | Label::MuckTruck)
    }
}

impl std::fmt::Display for Label {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a crop classifier says of a bin or a truck's load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// Bin closed or filled below the rim, nothing beside it.
    BinNormal,
    /// Waste above the rim (满溢).
    BinOverRim,
    /// Lid open, not over the rim.
    BinLidOpen,
    /// Bags or waste beside the bin.
    BinWasteBeside,
    /// Bin fallen over: a component fault, no overflow.
    BinFallen,
    /// Truck without load.
    LoadEmpty,
    /// Load covered.
    LoadCovered,
    /// Load uncovered.
    LoadUncovered,
}

impl Condition {
    /// Every condition, in declaration order.
    pub const ALL: [Condition; 8] = [
        Condition::BinNormal,
        Condition::BinOverRim,
        Condition::BinLidOpen,
        Condition::BinWasteBeside,
        Condition::BinFallen,
        Condition::LoadEmpty,
        Condition::LoadCovered,
        Condition::LoadUncovered,
    ];

    /// The kebab-case word, as manifests and CITY.toml write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Condition::BinNormal => "bin-normal",
            Condition::BinOverRim => "bin-over-rim",
            Condition::BinLidOpen => "bin-lid-open",
            Condition::BinWasteBeside => "bin-waste-beside",
            Condition::BinFallen => "bin-fallen",
            Condition::LoadEmpty => "load-empty",
            Condition::LoadCovered => "load-covered",
            Condition::LoadUncovered => "load-uncovered",
        }
    }

    /// Whether the condition is one of a bin (else of a truck's load).
    pub const fn is_of_bin(self) -> bool {
        matches!(
            self,
            Condition::BinNormal
                | Condition::BinOverRim
                | Condition::BinLidOpen
                | Condition::BinWasteBeside
                | Condition::BinFallen
        )
    }
}
