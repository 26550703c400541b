//! A baseline as a picture for people, with the components drawn in.

use super::record::Origin;
use super::store::StoredBaseline;
use crate::evidence::raster::{Area, Colour, Raster};
use crate::evidence::{outline, strip, text::Face};
use operators::components::{Nature, Registered};

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
    strip(scene, &[head, origin, approved])
}
