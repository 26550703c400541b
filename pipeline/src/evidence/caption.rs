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
    let lines: Vec<String> =
        texts.iter().flat_map(|text| wrapped(&text.chars().map(drawable).collect::<String>(), most)).collect();
    let mut out = Raster::filled(scene.width, scene.height + lines.len() * step + 2 * pad, STRIP);
    out.paste(scene, 0, 0);
    for (index, line) in lines.iter().enumerate() {
        face.draw(&mut out, pad, scene.height + pad + index * step, line, TEXT);
    }
    out
}

/// Lines of at most so many characters, broken between words; a longer word is cut.
fn wrapped(text: &str, most: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        for piece in word.as_bytes().chunks(most).map(String::from_utf8_lossy).chain(word.is_empty().then(|| "".into()))
        {
            match lines.last_mut() {
                Some(line) if line.is_empty() => line.push_str(&piece),
                Some(line) if line.len() + 1 + piece.len() <= most => {
                    line.push(' ');
                    line.push_str(&piece);
                }
                _ => lines.push(piece.into_owned()),
            }
        }
    }
    lines.iter().map(|line| line.trim_end().to_owned()).filter(|line| !line.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_breaks_between_words_and_a_long_word_is_cut() {
        assert_eq!(wrapped("one two  three", 8), ["one two", "three"]);
        assert_eq!(wrapped("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrapped("", 5), Vec::<String>::new());
    }

    #[test]
    fn a_strip_is_as_wide_as_its_picture_and_lies_below_it() {
        let picture = Raster::filled(320, 180, [9, 90, 200]);
        let with = strip(&picture, &["baseline 3, approved by 李伟".to_owned()]);
        assert_eq!((with.width, with.pixel(10, 170), with.pixel(319, 185)), (320, [9, 90, 200], STRIP));
        assert!(with.height > 190);
    }
}
