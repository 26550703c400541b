//! The memory of what the rules of a view were shown.

use crate::vocabulary::{BBox, Detection, EventTime, LocalTime, Millis, Picture};
use crate::watch::Suspension;
use std::collections::VecDeque;
use std::sync::Arc;

/// Most detections of one picture that are kept; the rules take no more either.
const MOST_OF_A_PICTURE: usize = 200;

/// Something that the rules of a view were shown or told.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A picture was observed.
    Picture {
        /// When the camera took it.
        at: EventTime,
        /// The same moment at the camera.
        local: LocalTime,
        /// What stood in it. Pictures that needed no inference share the list of the one before.
        detections: Arc<[Detection]>,
        /// The part that was looked at closely, where one was.
        closer: Option<BBox>,
    },
    /// The rules held.
    Held {
        /// Since when.
        at: EventTime,
        /// Why.
        why: Suspension,
    },
    /// The rules went on.
    Resumed {
        /// Since when.
        at: EventTime,
    },
}

impl Event {
    /// When it was.
    pub fn at(&self) -> EventTime {
        match self {
            Event::Picture { at, .. } | Event::Held { at, .. } | Event::Resumed { at } => *at,
        }
    }
}

/// What a [`Recall`] holds at most; the oldest goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecallLimits {
    /// Time from the oldest to the newest event (1 h).
    pub span: Millis,
    /// Events (14,400: an hour of four pictures a second).
    pub events: usize,
    /// Detections (120,000).
    pub detections: usize,
}

impl Default for RecallLimits {
    fn default() -> Self {
        RecallLimits { span: 3_600_000, events: 14_400, detections: 120_000 }
    }
}

/// The last hour of one view. A camera with a picture a second and eight objects takes about 1.2 MB; the limits keep
/// any camera under 5 MB.
#[derive(Debug, Clone, Default)]
pub struct Recall {
    limits: RecallLimits,
    events: VecDeque<Event>,
    detections: usize,
    /// The reason for which the rules held before the oldest event.
    held: Option<Event>,
}

impl Recall {
    /// An empty memory.
    pub fn new(limits: RecallLimits) -> Recall {
        Recall { limits, ..Recall::default() }
    }

    /// Keeps a picture, without its looks. Detections that equal those of the picture before cost nothing.
    pub fn picture(&mut self, picture: &Picture) {
        let Picture { at, local, ref detections, closer, .. } = *picture;
        let detections = &detections[..detections.len().min(MOST_OF_A_PICTURE)];
        let before = self.events.iter().rev().find_map(|event| match event {
            Event::Picture { detections, .. } => Some(detections),
            Event::Held { .. } | Event::Resumed { .. } => None,
        });
        let detections = match before.filter(|before| before[..] == *detections) {
            Some(before) => before.clone(),
            None => Arc::from(detections),
        };
        self.push(Event::Picture { at, local, detections, closer });
    }

    /// Keeps that the rules held.
    pub fn held(&mut self, at: EventTime, why: Suspension) {
        self.push(Event::Held { at, why });
    }

    /// Keeps that the rules went on.
    pub fn resumed(&mut self, at: EventTime) {
        self.push(Event::Resumed { at });
    }

    /// Everything kept, oldest first. Cheap: pictures' detections are shared.
    pub fn events(&self) -> Vec<Event> {
        self.held.iter().chain(&self.events).cloned().collect()
    }

    /// Times of the oldest and the newest picture.
    pub fn span(&self) -> Option<(EventTime, EventTime)> {
        let is_picture = |event: &&Event| matches!(event, Event::Picture { .. });
        let (first, last) = (self.events.iter().find(is_picture)?, self.events.iter().rev().find(is_picture)?);
        Some((first.at(), last.at()))
    }

    fn push(&mut self, event: Event) {
        // A source that began again tells another story: what is known of the old one cannot be joined to it.
        if self.events.back().is_some_and(|last| event.at() < last.at()) {
            (self.events, self.detections, self.held) = (VecDeque::new(), 0, None);
        }
        let newest = event.at();
        self.detections += weight(&event);
        self.events.push_back(event);
        while self.events.front().is_some_and(|oldest| {
            newest.since(oldest.at()) > self.limits.span
                || self.events.len() > self.limits.events
                || self.detections > self.limits.detections
        }) {
            let Some(gone) = self.events.pop_front() else { break };
            self.detections -= weight(&gone);
            match gone {
                Event::Held { .. } => self.held = Some(gone),
                Event::Resumed { .. } => self.held = None,
                Event::Picture { .. } => {}
            }
        }
    }
}

/// Detections of an event, shared or not: an upper bound of what it takes.
fn weight(event: &Event) -> usize {
    match event {
        Event::Picture { detections, .. } => detections.len(),
        Event::Held { .. } | Event::Resumed { .. } => 0,
    }
}
