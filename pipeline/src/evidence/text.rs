//! Lines of text on a picture, from embedded-graphics' bitmap fonts.

use super::raster::{Colour, Raster};
use embedded_graphics::{
    Drawable,
    geometry::{OriginDimensions, Point, Size},
    mono_font::{MonoFont, MonoTextStyle, ascii},
    pixelcolor::BinaryColor,
    prelude::{DrawTarget, Pixel},
    text::{Baseline, Text},
};
use std::convert::Infallible;

/// Fonts that are drawn as they are, by height; above the last, it is enlarged.
const FONTS: [MonoFont<'static>; 4] = [ascii::FONT_6X10, ascii::FONT_7X13, ascii::FONT_9X15, ascii::FONT_10X20];

/// A font and how much it is enlarged.
#[derive(Debug, Clone, Copy)]
pub struct Face {
    font: &'static MonoFont<'static>,
    scale: f32,
}

impl Face {
    /// The face whose lines are about so many pixels high (10 at least).
    pub fn of_height(height: usize) -> Face {
        static FACES: [MonoFont<'static>; 4] = FONTS;
        let fits = FACES.iter().rev().find(|f| f.character_size.height as usize <= height);
        let font = fits.unwrap_or(&FACES[0]);
        let largest = font.character_size.height == FACES[3].character_size.height;
        let scale = if largest { height as f32 / font.character_size.height as f32 } else { 1.0 };
        Face { font, scale }
    }

    /// Height of a line in pixels.
    pub fn height(&self) -> usize {
        (self.font.character_size.height as f32 * self.scale).round() as usize
    }

    /// Width of so many characters in pixels.
    pub fn width(&self, characters: usize) -> usize {
        (self.font.character_size.width as f32 * self.scale * characters as f32).round() as usize
    }

    /// Draws one line of printable ASCII with its left upper corner at (left, top).
    pub fn draw(&self, picture: &mut Raster, left: usize, top: usize, line: &str, colour: Colour) {
        let cell = self.font.character_size;
        let mut mask = Mask::new(cell.width as usize * line.chars().count(), cell.height as usize);
        let style = MonoTextStyle::new(self.font, BinaryColor::On);
        let Ok(_) = Text::with_baseline(line, Point::zero(), style, Baseline::Top).draw(&mut mask);
        for y in 0..self.height() {
            for x in 0..self.width(line.chars().count()) {
                picture.blend(left + x, top + y, colour, self.cover(&mask, x, y));
            }
        }
    }

    /// How much of a pixel the glyphs cover. Enlarged glyphs are interpolated
    /// and their edge sharpened again, so that they look round, not like blocks.
    fn cover(&self, mask: &Mask, x: usize, y: usize) -> f32 {
        if self.scale == 1.0 {
            return mask.at(x as isize, y as isize);
        }
        let place = |i: usize| {
            let s = (i as f32 + 0.5) / self.scale - 0.5;
            (s.floor() as isize, s - s.floor())
        };
        let ((x, fx), (y, fy)) = (place(x), place(y));
        let row = |y: isize| mask.at(x, y) * (1.0 - fx) + mask.at(x + 1, y) * fx;
        let smooth = row(y) * (1.0 - fy) + row(y + 1) * fy;
        let edge = ((smooth - 0.28) / 0.34).clamp(0.0, 1.0);
        edge * edge * (3.0 - 2.0 * edge)
    }
}

/// Whether a text can be drawn: not empty, and nothing that the fonts do not have.
pub fn is_drawable(text: &str) -> bool {
    !text.trim().is_empty() && text.bytes().all(|b| (0x20..0x7f).contains(&b))
}

/// The glyphs of one line, one byte a pixel.
struct Mask {
    width: usize,
    height: usize,
    bits: Vec<bool>,
}

impl Mask {
    fn new(width: usize, height: usize) -> Mask {
        Mask { width, height, bits: vec![false; width * height] }
    }

    fn index(&self, x: isize, y: isize) -> Option<usize> {
        let (x, y) = (usize::try_from(x).ok()?, usize::try_from(y).ok()?);
        (x < self.width && y < self.height).then_some(y * self.width + x)
    }

    fn at(&self, x: isize, y: isize) -> f32 {
        self.index(x, y).map_or(0.0, |i| f32::from(u8::from(self.bits[i])))
    }
}

impl OriginDimensions for Mask {
    fn size(&self) -> Size {
        Size::new(self.width as u32, self.height as u32)
    }
}

impl DrawTarget for Mask {
    type Color = BinaryColor;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<BinaryColor>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        for Pixel(point, colour) in pixels {
            if let Some(i) = self.index(point.x as isize, point.y as isize) {
                self.bits[i] = colour.is_on();
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_drawn_inside_its_cell_at_every_size() {
        for height in [10, 13, 20, 30, 47] {
            let face = Face::of_height(height);
            let mut picture = Raster::filled(face.width(2) + 20, face.height() + 20, [0; 3]);
            face.draw(&mut picture, 10, 10, "Wg", [255; 3]);
            let lit = |x: usize, y: usize| picture.pixel(x as isize, y as isize) != [0; 3];
            let inside =
                |x: usize, y: usize| (10..10 + face.width(2)).contains(&x) && (10..10 + face.height()).contains(&y);
            let all = || (0..picture.height).flat_map(|y| (0..picture.width).map(move |x| (x, y)));
            assert!(all().filter(|&(x, y)| lit(x, y)).count() > 20, "height {height}");
            assert!(all().all(|(x, y)| inside(x, y) || !lit(x, y)), "height {height}");
        }
    }

    #[test]
    fn text_that_runs_out_of_the_picture_is_cut() {
        let mut picture = Raster::filled(12, 12, [0; 3]);
        Face::of_height(30).draw(&mut picture, 6, 6, "streetwatch", [255; 3]);
    }

    #[test]
    fn only_what_the_fonts_have_is_drawable() {
        assert!(is_drawable("North gate #1"));
        for text in ["", "  ", "北门", "caf\u{e9}", "a\tb"] {
            assert!(!is_drawable(text), "{text:?}");
        }
    }
}
