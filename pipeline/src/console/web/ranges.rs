//! `Range` of a request, as a player asks for parts of a clip.

use object_store::GetRange;

/// The one part that a header asks for; `None` where it asks for none, for several, or for nonsense: then the
/// whole file is answered, as HTTP allows.
pub fn parse(header: &str) -> Option<GetRange> {
    let range = header.trim().strip_prefix("bytes=")?.trim();
    let (first, last) = range.split_once('-')?;
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u64>().ok()).flatten();
    match (first, last) {
        ("", last) => number(last).filter(|n| *n > 0).map(GetRange::Suffix),
        (first, "") => number(first).map(GetRange::Offset),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then(|| GetRange::Bounded(first..last.saturating_add(1)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_part_is_understood_and_everything_else_is_the_whole_file() {
        assert_eq!(parse("bytes=0-99"), Some(GetRange::Bounded(0..100)));
        assert_eq!(parse("bytes=100-"), Some(GetRange::Offset(100)));
        assert_eq!(parse("bytes=-5"), Some(GetRange::Suffix(5)));
        for text in ["bytes=5-1", "bytes=0-1,3-4", "bytes=-0", "bytes=a-b", "lines=1-2", "", "bytes=+1-2"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
