//! Text in columns of a terminal, where a Han character takes two.

use unicode_width::UnicodeWidthStr;

/// Lines of at most `width` columns, broken between words, and within a word
/// that is longer. Control characters are dropped: the text is from files, and
/// a terminal would obey them.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let word = word.replace(char::is_control, "");
        if !line.is_empty() && line.width() + 1 + word.width() > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() && !word.is_empty() {
            line.push(' ');
        }
        for letter in word.chars() {
            let before = line.len();
            line.push(letter);
            // Measured as a whole: a sign that follows can make a letter wider.
            if before > 0 && line.width() > width {
                line.truncate(before);
                lines.push(std::mem::replace(&mut line, letter.to_string()));
            }
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// `text` filled up with spaces to `width` columns.
pub(super) fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_break_between_words_and_within_one_that_is_too_long() {
        assert_eq!(wrap("a car parks  for\n70 s", 9), ["a car", "parks for", "70 s"]);
        assert_eq!(wrap("违停七十秒", 4), ["违停", "七十", "秒"]);
        assert_eq!(wrap("\u{1b}[31mred", 80), ["[31mred"], "a terminal's orders are dropped");
        assert_eq!(wrap(" ", 9), [""; 0]);
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_asked_for_and_nothing_is_lost(text in "\\PC{0,60}", width in 2usize..20) {
            let lines = wrap(&text, width);
            let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect::<String>();
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
            for line in lines {
                prop_assert!(line.width() <= width, "{line:?}");
                prop_assert_eq!(padded(&line, width).width(), width);
            }
        }
    }
}
