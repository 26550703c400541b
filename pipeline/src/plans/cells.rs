//! The fields of one row, each checked as it is taken. Everything that is wrong is told, not only the first.

use super::error::Findings;
use super::table::{Row, Table};
use crate::payload::OffsetTime;
use crate::registry::outline::{short, well_known_text, without_heights};
use operators::ground::{Area, Line, LonLat, Plane, from_gcj02};
use operators::plausibility::Datum;
use operators::schedule::Schedule;
use operators::vocabulary::{EventTime, Millis};
use serde_json::{Value, json};
use std::ops::RangeInclusive;

/// Longest id and name, characters.
const LONGEST: usize = 128;

/// One row being read.
pub(super) struct Cells<'a> {
    table: &'a Table,
    row: &'a Row,
    findings: &'a mut Findings,
    is_wrong: bool,
}

impl<'a> Cells<'a> {
    pub fn of(table: &'a Table, row: &'a Row, findings: &'a mut Findings) -> Cells<'a> {
        Cells { table, row, findings, is_wrong: false }
    }

    /// What the row is, unless something in it was wrong.
    pub fn done<T>(self, item: T) -> Option<T> {
        (!self.is_wrong).then_some(item)
    }

    pub fn refuse(&mut self, field: &str, reason: impl Into<String>) {
        self.is_wrong = true;
        self.findings.problems.push(self.table.problem(self.row.number, field, reason));
    }

    /// A text, if it is there.
    pub fn text(&mut self, field: &'static str) -> Option<String> {
        let text = self.row.fields.get(field)?.clone();
        if text.chars().count() > LONGEST || text.chars().any(char::is_control) {
            self.refuse(field, format!("\"{}\" is too long, or no text of one line", short(&text)));
            return None;
        }
        Some(text)
    }

    /// An id, which must be there.
    pub fn id(&mut self, field: &'static str) -> String {
        match self.text(field) {
            Some(id) if id.contains(';') => {
                self.refuse(field, format!("\"{}\" has a `;`, which separates ids in lists", short(&id)));
                id
            }
            Some(id) => id,
            None if self.row.fields.contains_key(field) => String::new(),
            None => {
                self.refuse(field, "is missing");
                String::new()
            }
        }
    }

    /// The items of a list.
    pub fn list(&mut self, field: &'static str) -> Vec<String> {
        let text = self.row.fields.get(field).map_or("", String::as_str);
        let items: Vec<String> = text.split(';').map(str::trim).filter(|i| !i.is_empty()).map(str::to_owned).collect();
        if let Some(bad) = items.iter().find(|i| i.chars().count() > LONGEST || i.chars().any(char::is_control)) {
            self.refuse(field, format!("\"{}\" is too long, or no text of one line", short(bad)));
        }
        items
    }

    /// A number within bounds; `default` where it is not there, and where that is none, it must be.
    pub fn number(&mut self, field: &'static str, within: RangeInclusive<f64>, default: Option<f64>) -> f64 {
        match (self.row.fields.get(field), default) {
            (None, Some(default)) => default,
            (None, None) => {
                self.refuse(field, "is missing");
                *within.start()
            }
            (Some(text), _) => match text.parse::<f64>() {
                Ok(number) if within.contains(&number) => number,
                _ => {
                    let (from, to) = within.into_inner();
                    self.refuse(field, format!("\"{}\" is no number from {from} to {to}", short(text)));
                    from
                }
            },
        }
    }

    /// One of a list of words.
    pub fn word<T: Copy>(&mut self, field: &'static str, words: &[(&'static str, T)]) -> Option<T> {
        let text = self.row.fields.get(field)?.clone();
        self.one_of(field, &text, words)
    }

    /// One of a list of words, which must be there.
    pub fn needed<T: Copy>(&mut self, field: &'static str, words: &[(&'static str, T)]) -> Option<T> {
        if !self.row.fields.contains_key(field) {
            let all = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
            self.refuse(field, format!("is missing: one of {all}"));
        }
        self.word(field, words)
    }

    /// A list of such words.
    pub fn words<T: Copy>(&mut self, field: &'static str, words: &[(&'static str, T)]) -> Vec<T> {
        let texts = self.list(field);
        texts.iter().filter_map(|text| self.one_of(field, text, words)).collect()
    }

    fn one_of<T: Copy>(&mut self, field: &'static str, text: &str, words: &[(&'static str, T)]) -> Option<T> {
        let known = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)).map(|(_, value)| *value);
        if known.is_none() {
            let all = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
            self.refuse(field, format!("\"{}\" is none of {all}", short(text)));
        }
        known
    }

    /// Hours of the week.
    pub fn schedule(&mut self) -> Schedule {
        match self.row.fields.get("schedule").map(|text| text.parse()) {
            None => Schedule::always(),
            Some(Ok(schedule)) => schedule,
            Some(Err(error)) => {
                self.refuse("schedule", format!("{error}"));
                Schedule::always()
            }
        }
    }

    /// A span of time.
    pub fn span(&mut self, field: &'static str) -> Option<Millis> {
        let text = self.row.fields.get(field)?;
        let span = humantime::parse_duration(text).ok().and_then(|d| Millis::try_from(d.as_millis()).ok());
        if span.is_none_or(|span| span <= 0) {
            self.refuse(field, format!("\"{}\" is no span of time; write it like 2h or 90min", short(text)));
            return None;
        }
        span
    }

    /// A minute of the day, `06:00`.
    pub fn minute(&mut self, field: &'static str) -> u16 {
        let Some(text) = self.row.fields.get(field) else {
            self.refuse(field, "is missing; write it like 06:00");
            return 0;
        };
        let minute = text.split_once(':').and_then(|(hour, minute)| {
            let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
            (hour < 24 && minute < 60).then_some(hour * 60 + minute)
        });
        // A day ends at 24:00, as in schedules; it begins at 00:00.
        let minute = minute.or_else(|| (field == "until" && text == "24:00").then_some(1440));
        if minute.is_none() {
            self.refuse(field, format!("\"{}\" is no time of day; write it like 06:00", short(text)));
        }
        minute.unwrap_or_default()
    }

    /// A moment, `2026-06-01T08:00:00+08:00`.
    pub fn time(&mut self, field: &'static str) -> Option<EventTime> {
        let text = self.row.fields.get(field)?;
        match text.parse::<OffsetTime>() {
            Ok(time) => Some(time.event_time()),
            Err(error) => {
                self.refuse(field, error.to_string());
                None
            }
        }
    }

    /// The corners of an area.
    pub fn area(&mut self) -> Vec<LonLat> {
        let Some((kind, shape)) = self.shape(&["Polygon"]) else { return Vec::new() };
        let rings: Option<Vec<Vec<[f64; 2]>>> = serde_json::from_value(shape).ok();
        let Some([ring]) = rings.as_deref() else {
            let holes = rings.is_some_and(|r| r.len() > 1);
            let why = if holes { "has holes; draw areas without them".to_owned() } else { no_points(kind) };
            self.refuse("geometry", why);
            return Vec::new();
        };
        let mut corners = self.places(ring);
        if corners.len() > 1 && corners.first() == corners.last() {
            corners.pop();
        }
        if let Err(error) = Area::new(&plane(&corners), &corners) {
            self.refuse("geometry", error.to_string());
        }
        corners
    }

    /// The points of a line.
    pub fn line(&mut self) -> Vec<LonLat> {
        let Some((kind, shape)) = self.shape(&["LineString"]) else { return Vec::new() };
        match serde_json::from_value::<Vec<[f64; 2]>>(shape) {
            Ok(points) => self.checked(&points),
            Err(_) => {
                self.refuse("geometry", no_points(kind));
                Vec::new()
            }
        }
    }

    /// The points of one or several lines.
    pub fn lines(&mut self) -> Vec<Vec<LonLat>> {
        let Some((kind, shape)) = self.shape(&["LineString", "MultiLineString"]) else { return Vec::new() };
        let shape = if kind == "LineString" { json!([shape]) } else { shape };
        match serde_json::from_value::<Vec<Vec<[f64; 2]>>>(shape) {
            Ok(lines) if !lines.is_empty() => lines.iter().map(|line| self.checked(line)).collect(),
            _ => {
                self.refuse("geometry", no_points(kind));
                Vec::new()
            }
        }
    }

    /// Longitude and latitude, as two fields or as a point.
    pub fn point(&mut self) -> Option<LonLat> {
        if self.row.geometry.is_some() {
            let (kind, shape) = self.shape(&["Point"])?;
            let Ok(point) = serde_json::from_value::<[f64; 2]>(shape) else {
                self.refuse("geometry", no_points(kind));
                return None;
            };
            return self.exists("geometry", self.places(&[point])[0]);
        }
        match (self.row.fields.get("lon"), self.row.fields.get("lat")) {
            (None, None) => None,
            (Some(lon), Some(lat)) => match (lon.parse(), lat.parse()) {
                (Ok(lon), Ok(lat)) => self.exists("lon", LonLat::new(lon, lat).rounded()),
                _ => {
                    self.refuse("lon", "longitude and latitude are numbers of degrees");
                    None
                }
            },
            _ => {
                self.refuse("lon", "longitude and latitude belong together; one is missing");
                None
            }
        }
    }

    fn exists(&mut self, field: &str, place: LonLat) -> Option<LonLat> {
        if place.exists() {
            return Some(place);
        }
        self.refuse(field, format!("{}, {} is no place on earth; is it latitude first?", place.lon, place.lat));
        None
    }

    /// Type and flat coordinates of the row's shape.
    fn shape(&mut self, kinds: &[&'static str]) -> Option<(&'static str, Value)> {
        let geometry = match (&self.row.geometry, self.row.fields.get("shape")) {
            (Some(geometry), _) => geometry.clone(),
            (None, Some(text)) => match well_known_text(text).map(|shape| json!(shape)) {
                Ok(geometry) => geometry,
                Err(reason) => {
                    self.refuse("shape", reason);
                    return None;
                }
            },
            (None, None) => {
                self.refuse("geometry", format!("is missing: draw a {}", kinds[0]));
                return None;
            }
        };
        let kind = geometry.get("type").and_then(Value::as_str).unwrap_or("nothing");
        let Some(known) = kinds.iter().find(|k| **k == kind) else {
            let (is, wanted) = (short(kind), kinds.join(" or "));
            self.refuse("geometry", format!("is {is}; a {} is a {wanted}", self.table.kind.one()));
            return None;
        };
        Some((known, without_heights(geometry.get("coordinates"))))
    }

    fn places(&self, points: &[[f64; 2]]) -> Vec<LonLat> {
        let place = |p: &[f64; 2]| LonLat::from(*p);
        match self.table.datum {
            Datum::Wgs84 => points.iter().map(|p| place(p).rounded()).collect(),
            Datum::Gcj02 => points.iter().map(|p| from_gcj02(place(p)).rounded()).collect(),
        }
    }

    fn checked(&mut self, points: &[[f64; 2]]) -> Vec<LonLat> {
        let places = self.places(points);
        if let Err(error) = Line::new(&plane(&places), &places) {
            self.refuse("geometry", error.to_string());
        }
        places
    }
}

fn no_points(kind: &str) -> String {
    format!("has no coordinates of a {kind}")
}

fn plane(places: &[LonLat]) -> Plane {
    Plane::at(places.iter().copied().find(|p| p.exists()).unwrap_or_default())
}
