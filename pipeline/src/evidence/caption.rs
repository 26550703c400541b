//! A strip of text below a picture, where it hides nothing.

use super::raster::{Colour, Raster};
use super::text::Face;

const STRIP: Colour = [18, 22, 28];
const TEXT: Colour = [245, 245, 245];

/// The picture with a strip of these texts below it, each on lines of its own.
/// What the fonts cannot write becomes a question mark.
pub(crate) fn strip(scene: &Raster, texts: &[String]) -> Raster {
    let face = Face::of_height((scene.height / 38).clamp(13, 40));
    let (pad, step) = (face.height() / 2, face.height() * 6 / 5);
    let most = (scene.width.saturating_sub(2 * pad) / face.width(1).max(1)).max(8);
    let drawable = |c: char| if c.is_ascii_graphic() || c == ' ' { c } else { '?' };
    let lines: Vec<String> = texts
        .iter()
        .flat_map(|text| {
            let text: Vec<char> = text.chars().map(drawable).collect();
            text.chunks(most).map(|line| line.iter().collect()).collect::<Vec<String>>()
        })
        .collect();
    let mut out = Raster::filled(scene.width, scene.height + lines.len() * step + 2 * pad, STRIP);
    out.paste(scene, 0, 0);
    for (index, line) in lines.iter().enumerate() {
        face.draw(&mut out, pad, scene.height + pad + index * step, line, TEXT);
    }
    out
}
