//! A baseline as a picture for people, with the components drawn in.

use super::record::Origin;
use super::store::StoredBaseline;
use crate::evidence::raster::{Area, Colour, Raster};
use crate::evidence::{stroke, text::Face};
use operators::components::{Form, Nature, Registered};

const STRIP: Colour = [18, 22, 28];
const TEXT: Colour = [245, 245, 245];
const DARK: Colour = [0, 0, 0];

/// The colour of a component's outline, by its nature.
const fn colour(nature: Nature) -> Colour {
    match nature {
        Nature::Flat => [255, 176, 0],
        Nature::Standing => [0, 210, 255],
        Nature::Line => [255, 80, 220],
        Nature::Face => [120, 255, 90],
        Nature::Clear => [255, 255, 255],
    }
}

/// The picture of a version with each component's outline and the end of its
/// id, and below it a strip that says what the version is. At least 1280 columns.
pub fn show(stored: &StoredBaseline, picture: &Raster, registered: &[Registered]) -> Raster {
    let factor = 1280usize.div_ceil(picture.width.max(1)).clamp(1, 4);
    let whole = Area { left: 0, top: 0, width: picture.width, height: picture.height };
    let mut scene = picture.cut(whole, factor);
    for component in registered {
        outline(&mut scene, &component.form, colour(component.nature));
    }
    for component in registered {
        label(&mut scene, component);
    }
    caption(&scene, stored)
}

/// Draws the outline of a component: its area, or the band along its line.
pub(crate) fn outline(scene: &mut Raster, form: &Form, colour: Colour) {
    let (width, height) = (scene.width as f32, scene.height as f32);
    let line = (height / 400.0).max(1.5);
    let ring: Vec<(f32, f32)> = match form {
        Form::Area(polygon) => polygon.points().iter().map(|p| (p.x * width, p.y * height)).collect(),
        Form::Line { line, width: band } => {
            let half = band / 2.0;
            let edge = |by: f32| line.points().iter().map(move |p| (p.x * width, (p.y + by) * height));
            let back: Vec<_> = edge(half).collect();
            edge(-half).chain(back.into_iter().rev()).collect()
        }
    };
    stroke::ring(scene, &ring, line + 2.5, DARK, 0.5);
    stroke::ring(scene, &ring, line, colour, 0.95);
}

/// The last six digits of the id (the serial number) above the outline, or below where there is no room.
fn label(scene: &mut Raster, component: &Registered) {
    let id = component.id.as_str();
    let serial = if id.is_ascii() { &id[id.len().saturating_sub(6)..] } else { "" };
    let face = Face::of_height((scene.height / 50).clamp(11, 40));
    let area = Area::of(&component.form.bbox(), scene.width, scene.height);
    let pad = face.height() / 4;
    let (width, height) = (face.width(serial.len()) + 2 * pad, face.height() + pad);
    let gap = height + 4;
    let top = if area.top >= gap {
        area.top - gap
    } else {
        (area.top + area.height + 4).min(scene.height.saturating_sub(height))
    };
    let left = area.left.min(scene.width.saturating_sub(width));
    scene.fill(Area { left, top, width: width.min(scene.width), height: height.min(scene.height) }, DARK);
    face.draw(scene, left + pad, top + pad / 2, serial, colour(component.nature));
}

fn caption(scene: &Raster, stored: &StoredBaseline) -> Raster {
    let record = &stored.record;
    let approved = match &stored.approval {
        Some(approval) => format!("approved {} by {}", approval.at, approval.by),
        None => "NOT APPROVED".to_owned(),
    };
    let origin = match &record.origin {
        Origin::Built { .. } => format!("median of {} pictures, {} to {}", record.pictures, record.from, record.until),
        Origin::Accepted { after, components, .. } => {
            format!("version {after} with an accepted change of {}", components.join(", "))
        }
    };
    let head = format!("{} / {} / {}  version {}", record.camera, record.preset, record.part, record.version);
    let face = Face::of_height((scene.height / 38).clamp(13, 40));
    let (pad, step) = (face.height() / 2, face.height() * 6 / 5);
    let most = (scene.width.saturating_sub(2 * pad) / face.width(1).max(1)).max(8);
    let lines: Vec<String> = [head, origin, approved]
        .iter()
        .flat_map(|text| {
            // What the fonts cannot write is left as a question mark.
            let drawable: Vec<char> =
                text.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect();
            drawable.chunks(most).map(|line| line.iter().collect()).collect::<Vec<String>>()
        })
        .collect();
    let mut out = Raster::filled(scene.width, scene.height + lines.len() * step + 2 * pad, STRIP);
    out.paste(scene, 0, 0);
    for (index, line) in lines.iter().enumerate() {
        face.draw(&mut out, pad, scene.height + pad + index * step, line, TEXT);
    }
    out
}
