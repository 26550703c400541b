//! Evidence of a comparison: the baseline, and the deciding picture laid onto it with the difference marked.

use super::caption::strip;
use super::raster::{Area, Colour, Raster};
use super::stroke;
use super::text::Face;
use crate::payload::{Candidate, EvidenceKind, OffsetTime};
use operators::components::{Form, Grey, Overlay};
use operators::vocabulary::BBox;

const DARK: Colour = [0, 0, 0];
const OUTLINE: Colour = [0, 210, 255];
const FOUND: Colour = [255, 48, 48];
const TEXT: Colour = [245, 245, 245];
/// Differences below this many levels are noise and are not tinted.
const NOTICED: u8 = 24;
/// Columns of the finished pictures at least.
const COLUMNS: usize = 1280;

/// What a deciding picture was compared with.
#[derive(Debug, Clone)]
pub struct Compared {
    /// The baseline in colour, at the size that is compared.
    pub baseline: Raster,
    /// Time of the last picture of the baseline.
    pub until: Option<OffsetTime>,
    /// The picture on top of it; `None` where it could not be laid.
    pub overlay: Option<Overlay>,
    /// Where the component should be, in the baseline; `None` where none is registered.
    pub form: Option<Form>,
    /// Where the change is, in the picture.
    pub found: BBox,
}

/// The two pictures, each or why not.
pub(super) fn pictures(candidate: &Candidate, compared: &Compared) -> [(EvidenceKind, Result<Raster, String>); 2] {
    let overlay = match &compared.overlay {
        Some(overlay) => Ok(overlaid(candidate, compared, overlay)),
        None => Err("the deciding picture could not be laid onto the baseline".to_owned()),
    };
    [(EvidenceKind::Baseline, Ok(baseline(candidate, compared))), (EvidenceKind::Overlay, overlay)]
}

fn baseline(candidate: &Candidate, compared: &Compared) -> Raster {
    let mut scene = enlarged(&compared.baseline);
    match &compared.form {
        Some(form) => outline(&mut scene, form, OUTLINE),
        None => rectangle(&mut scene, &compared.found, OUTLINE),
    }
    let baseline = candidate.finding.as_ref().and_then(|f| f.baseline.as_ref());
    let version = baseline.map_or_else(String::new, |b| {
        let (part, by) = (&b.part, &b.approved_by);
        format!(
            "BASELINE  {part} version {}, pictures until {}, approved {} by {by}",
            b.version, b.until, b.approved_at
        )
    });
    strip(&scene, &[version, names(candidate)])
}

/// Above the whole picture laid onto the baseline with the difference in red,
/// below it three close views: as it should be, as it is, the difference.
fn overlaid(candidate: &Candidate, compared: &Compared, overlay: &Overlay) -> Raster {
    let aligned = grey(&overlay.aligned);
    let tinted = tinted(overlay);
    let mut scene = enlarged(&tinted);
    if let Some(form) = &compared.form {
        outline(&mut scene, form, OUTLINE);
    }
    rectangle(&mut scene, &compared.found, FOUND);
    let close = close_area(compared, aligned.width, aligned.height);
    let views = [(&compared.baseline, "BASELINE"), (&aligned, "NOW"), (&tinted, "DIFFERENCE")];
    let (gap, width) = (scene.width / 160, scene.width);
    let side = (width - 2 * gap) / views.len();
    let factor = (side / close.width.max(1)).clamp(1, 16);
    let panels: Vec<Raster> = views.iter().map(|(picture, _)| picture.cut(close, factor)).collect();
    let high = panels.iter().map(|p| p.height).max().unwrap_or(0).min(scene.height);
    let face = Face::of_height((scene.height / 38).clamp(13, 40));
    let head = face.height() + face.height() / 2;
    let mut out = Raster::filled(width, scene.height + gap + head + high, DARK);
    out.paste(&scene, 0, 0);
    for (index, (panel, (_, name))) in panels.iter().zip(&views).enumerate() {
        let left = index * (side + gap);
        face.draw(&mut out, left + gap, scene.height + gap + face.height() / 4, name, TEXT);
        let whole = Area { left: 0, top: 0, width: panel.width.min(side), height: panel.height.min(high) };
        out.paste(&panel.cut(whole, 1), left + (side - whole.width) / 2, scene.height + gap + head);
    }
    let seen = candidate.finding.as_ref().map_or_else(String::new, |f| {
        let urgent = if f.urgent { "URGENT  " } else { "" };
        format!(
            "{urgent}{}, seen in {} of {} pictures since {}",
            f.fault.to_uppercase(),
            f.seen,
            f.looks,
            candidate.first_seen
        )
    });
    strip(&out, &[seen, names(candidate)])
}

fn names(candidate: &Candidate) -> String {
    let component = candidate.component.as_ref().map_or_else(String::new, |id| format!("component {id}  "));
    let Candidate { camera, preset, zone, raised_at, .. } = candidate;
    format!("{component}camera {camera} / {preset}  zone {zone}  picture of {raised_at}")
}

/// The component and what was found, with as much again around them; at least a tenth of the picture.
fn close_area(compared: &Compared, width: usize, height: usize) -> Area {
    let found = compared.found.clipped();
    let home = compared.form.as_ref().map_or(found, Form::bbox);
    let (left, top) = (home.x.min(found.x), home.y.min(found.y));
    let (right, bottom) = ((home.x + home.w).max(found.x + found.w), (home.y + home.h).max(found.y + found.h));
    let area = Area::of(&BBox::new(left, top, right - left, bottom - top), width, height);
    let least = width / 10;
    let side = area.width.max(area.height).max(least);
    area.grown((2 * side).saturating_sub(area.width.max(area.height)) / 2, width, height)
}

fn enlarged(picture: &Raster) -> Raster {
    let factor = COLUMNS.div_ceil(picture.width.max(1)).clamp(1, 4);
    picture.cut(Area { left: 0, top: 0, width: picture.width, height: picture.height }, factor)
}

fn grey(picture: &Grey) -> Raster {
    let data = picture.data().iter().flat_map(|&v| [v; 3]).collect();
    Raster { width: picture.width(), height: picture.height(), data }
}

/// The picture in grey, redder where it differs more.
fn tinted(overlay: &Overlay) -> Raster {
    let mut out = grey(&overlay.aligned);
    for (index, &difference) in overlay.difference.data().iter().enumerate() {
        if difference >= NOTICED {
            let share = (f32::from(difference) / 96.0).min(1.0) * 0.75;
            out.blend(index % out.width, index / out.width, FOUND, share);
        }
    }
    out
}

fn rectangle(scene: &mut Raster, bbox: &BBox, colour: Colour) {
    let area = Area::of(bbox, scene.width, scene.height);
    let (left, top) = (area.left as f32, area.top as f32);
    let ring = stroke::rectangle(left, top, area.width as f32, area.height as f32);
    lined(scene, &ring, colour);
}

/// Draws the outline of a component: its area, or the band along its line.
pub fn outline(scene: &mut Raster, form: &Form, colour: Colour) {
    let (width, height) = (scene.width as f32, scene.height as f32);
    let ring: Vec<(f32, f32)> = match form {
        Form::Area(polygon) => polygon.points().iter().map(|p| (p.x * width, p.y * height)).collect(),
        Form::Line { line, width: band } => {
            let half = band / 2.0;
            let edge = |by: f32| line.points().iter().map(move |p| (p.x * width, (p.y + by) * height));
            let back: Vec<_> = edge(half).collect();
            edge(-half).chain(back.into_iter().rev()).collect()
        }
    };
    lined(scene, &ring, colour);
}

fn lined(scene: &mut Raster, ring: &[(f32, f32)], colour: Colour) {
    let line = (scene.height as f32 / 400.0).max(1.5);
    stroke::ring(scene, ring, line + 2.5, DARK, 0.5);
    stroke::ring(scene, ring, line, colour, 0.95);
}
