//! One vehicle: what its readings mean, rule by rule.

use super::config::FleetConfig;
use super::fix::{Fix, Fixes};
use super::map::{FleetMap, Permitted, Profile};
use super::sighting::Sighting;
use super::sweep::Swept;
use super::{dumping, fences, permit, route, sighting, speed, stop, sweep};
use crate::series::{Entry, Episodes, Look, Rules};
use crate::vocabulary::{EventTime, LocalTime, Motion, Quality, Values};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What the rules over a vehicle work with.
pub(super) struct VehicleRules<'a> {
    pub map: &'a FleetMap,
    pub config: &'a FleetConfig,
    pub profile: &'a Profile,
    /// Subject of the rules that are about the vehicle itself.
    pub own: &'a Arc<str>,
}

/// What they remember.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct VehicleState {
    pub episodes: Episodes,
    pub fixes: Fixes,
    pub visits: Vec<fences::Visit>,
    pub stop: Option<stop::Stop>,
    pub load: dumping::LoadMemory,
    pub sightings: Vec<Sighting>,
    /// The last time a camera and the terminal agreed.
    pub agreed: Option<EventTime>,
    pub swept: Vec<Swept>,
}

/// What is said besides candidates. Told again where a late reading made the rules read again: the latest word holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Notes {
    /// Fence, when, whether it entered.
    pub passages: Vec<(Arc<str>, EventTime, bool)>,
    /// Marks that only the readings before can tell.
    pub marks: Vec<(EventTime, Quality)>,
}

/// A fix and what is about it.
pub(super) struct Around<'a> {
    pub fix: Fix,
    /// The fix before it.
    pub before: Option<Fix>,
    pub motion: &'a Motion,
    /// Fences that contain it.
    pub inside: &'a [u32],
    /// Its permits that hold.
    pub permits: &'a [&'a Permitted],
    pub local: LocalTime,
    pub moving: bool,
}

impl Around<'_> {
    /// A look at a condition here and now.
    pub fn look(&self, value: f32, limit: f32, confidence: f32) -> Look {
        Look { at: self.fix.at, place: Some(self.fix.place), value, limit, confidence }
    }
}

impl Rules for VehicleRules<'_> {
    type State = VehicleState;
    type Notes = Notes;

    fn read(&self, state: &mut VehicleState, entry: &Entry, notes: &mut Notes) {
        match &entry.values {
            Values::Vehicle(motion) => self.report(state, entry, motion, notes),
            Values::Seen(seen) => sighting::seen(self, state, entry, seen),
            Values::Bin(_) | Values::Cover(_) | Values::Gauge(_) => {}
        }
    }

    fn episodes(state: &mut VehicleState) -> &mut Episodes {
        &mut state.episodes
    }
}

impl VehicleRules<'_> {
    fn report(&self, state: &mut VehicleState, entry: &Entry, motion: &Motion, notes: &mut Notes) {
        let before = state.fixes.last;
        let (fix, mark) = state.fixes.take(&self.config.fix, &self.map.plane, entry, motion);
        if !mark.is_good() {
            notes.marks.push((entry.at, mark));
        }
        let Some(fix) = fix else { return };
        // Where one value cannot be, the load is not believed either; it decides too much.
        let load = motion.load.filter(|_| !entry.quality.has(Quality::VALUE));
        let motion = &Motion { load, ..*motion };
        let mut inside = Vec::new();
        self.map.fences_at(fix.p, &mut inside);
        let permits: Vec<&Permitted> = self.permits(fix.at).collect();
        let around = Around {
            fix,
            before,
            motion,
            inside: &inside,
            permits: &permits,
            local: LocalTime::at(fix.at, self.config.ahead_of_utc),
            moving: fix.speed.is_some_and(|s| s >= self.config.fix.moving_kmh),
        };
        sighting::meet(self, state, &fix);
        fences::visit(self, state, &around, notes);
        stop::stand(self, state, &around);
        dumping::unload(self, state, &around);
        route::keep_to(self, state, &around);
        speed::drive(self, state, &around);
        permit::hold(self, state, &around);
        sweep::sweep(self, state, &around);
    }

    /// Whether any of its permits holds.
    pub fn is_permitted(&self, at: EventTime) -> bool {
        self.permits(at).next().is_some()
    }

    /// Its permits that hold.
    pub fn permits(&self, at: EventTime) -> impl Iterator<Item = &Permitted> + Clone {
        let all = self.profile.permits.iter().map(|i| &self.map.permits[*i as usize]);
        all.filter(move |p| p.holds(at, self.config.ahead_of_utc))
    }
}
