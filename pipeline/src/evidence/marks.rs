//! What is drawn on a still: the object's box, the zone, a magnifier for small
//! objects, and a caption below the picture, where it hides nothing.

use super::{
    raster::{Area, Colour, Raster},
    stroke,
    text::{Face, is_drawable},
};
use crate::payload::OffsetTime;
use operators::vocabulary::{BBox, Moment, Polygon};

/// Red and cyan stand out by day and on grey night pictures, are no colour of
/// road markings, and differ for the colour-blind; each line has a dark one below it.
const OBJECT: Colour = [255, 48, 48];
const ZONE: Colour = [0, 210, 255];
const DARK: Colour = [0, 0, 0];
const STRIP: Colour = [18, 22, 28];
const TEXT: Colour = [245, 245, 245];

/// What a marked still says.
#[derive(Debug, Clone)]
pub struct Marks<'a> {
    /// What the picture shows of the stay.
    pub moment: Moment,
    /// When it was taken.
    pub at: OffsetTime,
    /// The object.
    pub bbox: BBox,
    /// Its label.
    pub label: &'a str,
    /// Confidence, 0..1.
    pub score: f32,
    /// The zone, where its polygon is known.
    pub zone: Option<&'a Polygon>,
    /// Zone id.
    pub zone_id: &'a str,
    /// Camera id.
    pub camera: &'a str,
    /// Camera name for people.
    pub camera_name: &'a str,
    /// Rule kind.
    pub rule: &'a str,
    /// Milliseconds the object had stood there at this moment.
    pub dwell: i64,
}

/// The picture with marks, and below it a caption strip: same width, higher.
pub fn draw(picture: &Raster, marks: &Marks<'_>) -> Raster {
    let (width, height) = (picture.width, picture.height);
    let line = (height as f32 / 400.0).max(1.5);
    let mut scene = picture.clone();
    if let Some(zone) = marks.zone {
        let ring: Vec<_> = zone.points().iter().map(|p| (p.x * width as f32, p.y * height as f32)).collect();
        stroke::ring(&mut scene, &ring, line + 2.5, DARK, 0.5);
        stroke::ring(&mut scene, &ring, line, ZONE, 0.95);
    }
    // Around the object, not on it.
    let object = Area::of(&marks.bbox, width, height);
    let gap = line * 0.65 + 1.5;
    let frame = stroke::rectangle(
        object.left as f32 - gap,
        object.top as f32 - gap,
        object.width as f32 + 2.0 * gap,
        object.height as f32 + 2.0 * gap,
    );
    stroke::ring(&mut scene, &frame, line * 1.3 + 2.0, DARK, 0.55);
    stroke::ring(&mut scene, &frame, line * 1.3, OBJECT, 1.0);
    if let Some((source, factor, left, top)) = magnifier(object, marks.zone, width, height) {
        let detail = picture.cut(source, factor);
        scene.paste(&detail, left, top);
        let frame = stroke::rectangle(left as f32, top as f32, detail.width as f32, detail.height as f32);
        stroke::ring(&mut scene, &frame, line * 1.3 + 2.0, DARK, 0.55);
        stroke::ring(&mut scene, &frame, line * 1.3, OBJECT, 1.0);
        let face = Face::of_height(text_height(height).min(detail.height / 3));
        let note = format!("x{factor}");
        let pad = face.height() / 4;
        let area = Area {
            left: left + line.ceil() as usize,
            top: top + line.ceil() as usize,
            width: face.width(note.len()) + 2 * pad,
            height: face.height() + pad,
        };
        scene.fill(area, OBJECT);
        face.draw(&mut scene, area.left + pad, area.top + pad / 2, &note, TEXT);
    }
    with_caption(scene, marks)
}

fn text_height(height: usize) -> usize {
    (height / 38).clamp(13, 60)
}

/// Where a small object is shown enlarged: source area, factor, and place of
/// the enlarged picture. In a corner that does not touch the object; among
/// those the one that hides least of the zone, then the farthest.
fn magnifier(object: Area, zone: Option<&Polygon>, width: usize, height: usize) -> Option<(Area, usize, usize, usize)> {
    if object.height * 6 > height || object.width * 6 > width {
        return None;
    }
    let side = object.width.max(object.height);
    let source = object.grown((side / 4).max(6), width, height);
    let factor = (width * 35 / 100 / source.width).min(height * 2 / 5 / source.height).min(8);
    if factor < 2 {
        return None;
    }
    let (w, h) = (source.width * factor, source.height * factor);
    let margin = height / 60;
    let (far_left, far_top) = (width.checked_sub(w + margin)?, height.checked_sub(h + margin)?);
    let hidden = |left: usize, top: usize| {
        let share = |pixels: usize, of: usize| pixels as f32 / of as f32;
        let place = BBox::new(share(left, width), share(top, height), share(w, width), share(h, height));
        zone.map_or(0, |z| (z.covers(&place) * 1000.0) as i64)
    };
    let distance = |left: usize, top: usize| {
        let apart = |a: usize, b: usize| (a as i64 - b as i64).pow(2);
        apart(left + w / 2, object.left + object.width / 2) + apart(top + h / 2, object.top + object.height / 2)
    };
    let clear = object.grown(margin, width, height);
    [(far_left, margin), (margin, margin), (far_left, far_top), (margin, far_top)]
        .into_iter()
        .filter(|&(left, top)| !Area { left, top, width: w, height: h }.touches(&clear))
        .min_by_key(|&(left, top)| (hidden(left, top), -distance(left, top)))
        .map(|(left, top)| (source, factor, left, top))
}

/// The fields of the caption, in order; those that the fonts cannot write are left out.
fn fields(marks: &Marks<'_>) -> Vec<String> {
    let local = marks.at.local();
    let (date, time) = (local.date(), local.time());
    let clock = format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02} {}",
        date.year(),
        date.month(),
        date.day(),
        time.hour(),
        time.minute(),
        time.second(),
        marks.at.offset_text(),
    );
    let camera = [marks.camera, marks.camera_name].into_iter().filter(|t| is_drawable(t)).collect::<Vec<_>>().join(" ");
    let zone = if is_drawable(marks.zone_id) { format!("zone {}", marks.zone_id) } else { String::new() };
    let fields = [
        clock,
        camera,
        marks.rule.to_owned(),
        zone,
        format!("dwell {}", duration(marks.dwell)),
        format!("{} {:.0}%", marks.label, marks.score * 100.0),
    ];
    fields.into_iter().filter(|f| is_drawable(f)).collect()
}

fn duration(milliseconds: i64) -> String {
    let s = milliseconds.max(0) / 1000;
    match (s / 3600, s / 60 % 60, s % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, s) => format!("{m} min {s:02} s"),
        (h, m, _) => format!("{h} h {m:02} min"),
    }
}

/// Fields put into lines of at most so many characters; a longer field is cut.
fn lines(fields: &[String], most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for field in fields {
        let cut = if field.len() > most { format!("{}..", &field[..most.saturating_sub(2)]) } else { field.clone() };
        match lines.last_mut() {
            Some(line) if line.len() + 3 + cut.len() <= most => {
                line.push_str("   ");
                line.push_str(&cut);
            }
            _ => lines.push(cut),
        }
    }
    lines
}

fn with_caption(scene: Raster, marks: &Marks<'_>) -> Raster {
    let face = Face::of_height(text_height(scene.height));
    let pad = face.height() / 2;
    let moment = match marks.moment {
        Moment::Start => "START",
        Moment::Middle => "MIDDLE",
        Moment::End => "END",
    };
    let chip = face.width("MIDDLE".len()) + 2 * pad;
    let room = scene.width.saturating_sub(chip + 2 * pad);
    let lines = lines(&fields(marks), (room / face.width(1).max(1)).max(8));
    let step = face.height() + face.height() / 5;
    let height = lines.len() * step + pad * 2;
    let mut out = Raster::filled(scene.width, scene.height + height, STRIP);
    out.paste(&scene, 0, 0);
    let strip = Area { left: 0, top: scene.height, width: chip.min(scene.width), height };
    out.fill(strip, OBJECT);
    let inset = (chip.saturating_sub(face.width(moment.len()))) / 2;
    face.draw(&mut out, inset, scene.height + (height - face.height()) / 2, moment, TEXT);
    for (i, line) in lines.iter().enumerate() {
        face.draw(&mut out, chip + pad, scene.height + pad + i * step, line, TEXT);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::examples::after_eight;
    use proptest::prelude::*;

    fn marks(bbox: BBox) -> Marks<'static> {
        Marks {
            moment: Moment::End,
            at: after_eight(180),
            bbox,
            label: "car",
            score: 0.75,
            zone: None,
            zone_id: "kerb",
            camera: "c-001",
            camera_name: "North gate",
            rule: "illegal-parking",
            dwell: 182_000,
        }
    }

    #[test]
    fn the_caption_says_when_where_what_and_how_long() {
        let said = fields(&marks(BBox::new(0.4, 0.4, 0.3, 0.3))).join(" | ");
        assert_eq!(
            said,
            "2026-06-01 08:03:00 +08:00 | c-001 North gate | illegal-parking | zone kerb | dwell 3 min 02 s | car 75%"
        );
    }

    #[test]
    fn a_name_that_the_fonts_cannot_write_falls_back_to_the_id() {
        let mut m = marks(BBox::new(0.4, 0.4, 0.3, 0.3));
        m.camera_name = "北门";
        m.zone_id = "路缘";
        let said = fields(&m);
        assert!(said.contains(&"c-001".to_owned()), "{said:?}");
        assert!(said.iter().all(|f| f.is_ascii()), "{said:?}");
    }

    #[test]
    fn marks_lie_around_the_object_and_leave_its_pixels_alone() {
        let picture = Raster::filled(640, 360, [90, 120, 60]);
        let bbox = BBox::new(0.25, 0.25, 0.25, 0.5);
        let marked = draw(&picture, &marks(bbox));
        assert_eq!(marked.width, 640);
        assert!(marked.height > 360);
        let area = Area::of(&bbox, 640, 360);
        for y in area.top..area.top + area.height {
            for x in area.left..area.left + area.width {
                assert_eq!(marked.pixel(x as isize, y as isize), [90, 120, 60], "{x},{y}");
            }
        }
        let just_outside = marked.pixel(area.left as isize - 3, 180);
        assert!(just_outside[0] > 200 && just_outside[1] < 90, "{just_outside:?}");
    }

    #[test]
    fn a_large_object_needs_no_magnifier_and_a_small_one_gets_one_clear_of_it() {
        let large = Area { left: 100, top: 100, width: 200, height: 150 };
        assert!(magnifier(large, None, 640, 352).is_none());
        for left in (0..600).step_by(50) {
            for top in (0..320).step_by(40) {
                let small = Area { left, top, width: 40, height: 26 };
                let (source, factor, x, y) = magnifier(small, None, 640, 352).expect("a magnifier");
                let place = Area { left: x, top: y, width: source.width * factor, height: source.height * factor };
                assert!(!place.touches(&small));
                assert!(x + place.width <= 640 && y + place.height <= 352);
            }
        }
    }

    #[test]
    fn a_magnifier_prefers_the_corner_outside_the_zone() {
        let zone =
            Polygon::new([[0.0, 0.0], [1.0, 0.0], [1.0, 0.45], [0.0, 0.45]].map(Into::into).to_vec()).expect("zone");
        let object = Area { left: 300, top: 60, width: 40, height: 26 };
        let (_, _, _, top) = magnifier(object, Some(&zone), 640, 352).expect("a magnifier");
        assert!(top > 176);
    }

    proptest! {
        #[test]
        fn any_box_and_any_size_can_be_drawn(
            x in -0.5f32..1.5, y in -0.5f32..1.5, w in 0f32..1.5, h in 0f32..1.5, width in 1usize..160, height in 1usize..120
        ) {
            let marked = draw(&Raster::filled(width, height, [50; 3]), &marks(BBox::new(x, y, w, h)));
            prop_assert_eq!(marked.data.len(), marked.width * marked.height * 3);
        }
    }
}
