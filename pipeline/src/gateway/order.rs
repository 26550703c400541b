//! What people may send a terminal, as JSON.

use super::jt808::{
    AreaKind, Circle, Corner, DeleteAreas, Limits, Message, PolygonArea, Rectangle, SetAreas, SpeedLimit, Text,
};
use serde::Deserialize;

/// A text for the driver.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextOrder {
    /// What it says; GBK has most Chinese characters and no pictograms.
    text: String,
    /// It interrupts.
    #[serde(default)]
    urgent: bool,
    /// It is read aloud.
    #[serde(default)]
    speak: bool,
}

/// An area that the terminal watches by itself, to warn the driver.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AreaOrder {
    /// Its id; one that is there already is replaced.
    id: u32,
    /// Its name, for terminals since 2019.
    #[serde(default)]
    name: String,
    /// Either this,
    circle: Option<CircleOrder>,
    /// or south-west and north-east,
    rectangle: Option<[[f64; 2]; 2]>,
    /// or corners.
    polygon: Option<Vec<[f64; 2]>>,
    /// Warn when it is entered.
    #[serde(default)]
    enter: bool,
    /// Warn when it is left.
    #[serde(default)]
    leave: bool,
    /// Warn above this speed,
    speed_kmh: Option<u16>,
    /// after so long.
    #[serde(default = "ten")]
    seconds: u8,
}

/// A circle.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CircleOrder {
    /// Longitude and latitude, WGS-84.
    centre: [f64; 2],
    /// Metres.
    radius: u32,
}

/// Areas to forget.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForgetOrder {
    /// `circle`, `rectangle`, `polygon` or `route`.
    kind: String,
    /// Which; all of the kind where it is left out.
    id: Option<u32>,
}

const fn ten() -> u8 {
    10
}

impl TextOrder {
    /// The message.
    pub fn message(self) -> Message {
        let flags = u8::from(self.urgent) | 1 << 2 | u8::from(self.speak) << 3;
        Message::Text(Text { flags, kind: 1, text: self.text })
    }
}

impl AreaOrder {
    /// The message.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn message(self) -> Result<Message, String> {
        let points: Vec<[f64; 2]> = match (&self.circle, &self.rectangle, &self.polygon) {
            (Some(circle), None, None) => vec![circle.centre],
            (None, Some(corners), None) => corners.to_vec(),
            (None, None, Some(corners)) if (3..=1000).contains(&corners.len()) => corners.clone(),
            (None, None, Some(_)) => return Err("a polygon has 3 to 1000 corners".to_owned()),
            _ => return Err("give one of circle, rectangle and polygon".to_owned()),
        };
        let exists = |[lon, lat]: &[f64; 2]| lon.abs() <= 180.0 && lat.abs() <= 90.0;
        if !points.iter().all(exists) {
            return Err("places are [longitude, latitude] in degrees".to_owned());
        }
        let (west, south) = (points[0][0] < 0.0, points[0][1] < 0.0);
        if points.iter().any(|[lon, lat]| (*lon < 0.0) != west || (*lat < 0.0) != south) {
            return Err("an area cannot lie across the equator or the prime meridian".to_owned());
        }
        let warn = |both: bool, bits: u16| if both { bits } else { 0 };
        let flags = warn(self.enter, 0b1100) | warn(self.leave, 0b11_0000) | warn(south, 1 << 6) | warn(west, 1 << 7);
        let speed = self.speed_kmh.map(|kmh| SpeedLimit { kmh, seconds: self.seconds, night_kmh: kmh });
        let limits = Limits { flags, hours: None, speed };
        let corner = |[lon, lat]: [f64; 2]| Corner {
            latitude: (lat.abs() * 1e6).round() as u32,
            longitude: (lon.abs() * 1e6).round() as u32,
        };
        // 2: in place of one with the same id.
        let (id, name, action) = (self.id, self.name, 2);
        Ok(match (self.circle, self.rectangle) {
            (Some(circle), _) => {
                let area = Circle { id, limits, centre: corner(circle.centre), radius: circle.radius, name };
                Message::SetCircles(SetAreas { action, areas: vec![area] })
            }
            (None, Some([sw, ne])) => {
                let (upper_left, lower_right) = (corner([sw[0], ne[1]]), corner([ne[0], sw[1]]));
                let area = Rectangle { id, limits, upper_left, lower_right, name };
                Message::SetRectangles(SetAreas { action, areas: vec![area] })
            }
            (None, None) => {
                let corners = points.into_iter().map(corner).collect();
                Message::SetPolygon(PolygonArea { id, limits, corners, name })
            }
        })
    }
}

impl ForgetOrder {
    /// The message.
    ///
    /// # Errors
    /// The kind is none.
    pub fn message(self) -> Result<Message, String> {
        let kind = match self.kind.as_str() {
            "circle" => AreaKind::Circle,
            "rectangle" => AreaKind::Rectangle,
            "polygon" => AreaKind::Polygon,
            "route" => AreaKind::Route,
            other => return Err(format!("kind \"{other}\" is none of circle, rectangle, polygon and route")),
        };
        Ok(Message::DeleteAreas(DeleteAreas { kind, ids: self.id.into_iter().collect() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(json: &str) -> Result<Message, String> {
        serde_json::from_str::<AreaOrder>(json).map_err(|e| e.to_string())?.message()
    }

    #[test]
    fn an_area_is_written_in_millionths_with_its_warnings() {
        let said =
            area(r#"{"id": 7, "circle": {"centre": [118.9, 32.1], "radius": 200}, "enter": true, "speed_kmh": 40}"#);
        let Ok(Message::SetCircles(SetAreas { action: 2, areas })) = said else { panic!("{said:?}") };
        assert_eq!(areas[0].centre, Corner { latitude: 32_100_000, longitude: 118_900_000 });
        assert_eq!((areas[0].limits.flags, areas[0].radius), (0b1100, 200));
        assert_eq!(areas[0].limits.speed, Some(SpeedLimit { kmh: 40, seconds: 10, night_kmh: 40 }));
        let said = area(r#"{"id": 7, "rectangle": [[-70.7, -33.5], [-70.6, -33.4]]}"#);
        let Ok(Message::SetRectangles(SetAreas { areas, .. })) = said else { panic!("{said:?}") };
        assert_eq!(areas[0].upper_left, Corner { latitude: 33_400_000, longitude: 70_700_000 });
        assert_eq!(areas[0].limits.flags, 1 << 6 | 1 << 7);
    }

    #[test]
    fn an_area_that_is_none_is_refused() {
        for json in [
            r#"{"id": 1}"#,
            r#"{"id": 1, "polygon": [[1, 1], [2, 2]]}"#,
            r#"{"id": 1, "polygon": [[1, 1], [2, 2], [-1, 2]]}"#,
            r#"{"id": 1, "rectangle": [[1, 1], [2, 95]]}"#,
            r#"{"id": 1, "colour": "red"}"#,
        ] {
            assert!(area(json).is_err(), "{json}");
        }
        assert!(ForgetOrder { kind: "square".to_owned(), id: None }.message().is_err());
    }
}
