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
    let views = [(&compared.baseline, "BASELINE"), (&aligned, "NOW"), (&tinted, "DIFFERENCE")];
    let (gap, width) = (scene.width / 160, scene.width);
    let side = (width - 2 * gap) / views.len();
    let (close, factor) = close_area(compared, aligned.width, aligned.height, side);
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

/// The component and what was found, with something around them, and by how much it is enlarged to fill
/// so many columns.
fn close_area(compared: &Compared, width: usize, height: usize, columns: usize) -> (Area, usize) {
    let found = compared.found.clipped();
    let home = compared.form.as_ref().map_or(found, Form::bbox);
    let (left, top) = (home.x.min(found.x), home.y.min(found.y));
    let (right, bottom) = ((home.x + home.w).max(found.x + found.w), (home.y + home.h).max(found.y + found.h));
    let area = Area::of(&BBox::new(left, top, right - left, bottom - top), width, height);
    // A half of its size around it at least, and a tenth of the picture.
    let wanted = (area.width.max(area.height) * 3 / 2).max(width / 10);
    let factor = (columns / wanted.max(1)).clamp(1, 16);
    let (w, h) = ((columns / factor).min(width), (columns * 3 / 4 / factor).max(area.height).min(height));
    let around = |first: usize, length: usize, size: usize, of: usize| {
        (first + length / 2).saturating_sub(size / 2).min(of - size)
    };
    let (left, top) = (around(area.left, area.width, w, width), around(area.top, area.height, h, height));
    (Area { left, top, width: w, height: h }, factor)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::examples;
    use proptest::prelude::*;

    fn compared(found: BBox, (width, height): (usize, usize)) -> Compared {
        let plane = |v| Grey::new(width, height, vec![v; width * height]).expect("size");
        let overlay = Overlay { aligned: plane(90), difference: plane(0) };
        let form = None;
        Compared { baseline: Raster::filled(width, height, [90; 3]), until: None, overlay: Some(overlay), form, found }
    }

    #[test]
    fn what_differs_is_red_and_what_does_not_stays_grey() {
        let mut overlay = compared(BBox::new(0.1, 0.1, 0.2, 0.2), (64, 48)).overlay.expect("there");
        let mut difference = vec![NOTICED - 1; 64 * 48];
        difference[10] = 200;
        overlay.difference = Grey::new(64, 48, difference).expect("size");
        let tinted = tinted(&overlay);
        assert_eq!(tinted.pixel(0, 0), [90; 3]);
        let [r, g, _] = tinted.pixel(10, 0);
        assert!(r > 180 && g < 80, "{r} {g}");
    }

    #[test]
    fn a_picture_that_could_not_be_laid_has_its_baseline_all_the_same() {
        let mut lost = compared(BBox::new(0.1, 0.1, 0.2, 0.2), (64, 48));
        lost.overlay = None;
        let [(_, baseline), (kind, overlay)] = pictures(&examples::candidate(), &lost);
        assert!(baseline.is_ok() && kind == EvidenceKind::Overlay && overlay.is_err());
    }

    proptest! {
        #[test]
        fn any_box_and_size_can_be_drawn(
            x in -0.5f32..1.5, y in -0.5f32..1.5, w in 0f32..1.5, h in 0f32..1.5, width in 32usize..120, height in 32usize..90
        ) {
            for (_, picture) in pictures(&examples::candidate(), &compared(BBox::new(x, y, w, h), (width, height))) {
                let picture = picture.expect("drawn");
                prop_assert_eq!(picture.data.len(), picture.width * picture.height * 3);
            }
        }
    }
}
