//! When a zone is watched: `Mon-Sun 07:00-22:00`, in the camera's wall time.
//!
//! ```text
//! schedule = part { "," part }
//! part     = [ days ] [ from "-" to ]        days = day | day "-" day
//! ```
//! Days before a time form a list (`Mon,Wed 08:00-10:00`); a time without days
//! takes those of the time before it, or every day if it is the first
//! (`Mon-Fri 07:00-12:00, 14:00-18:00`); days without any time are whole days.
//! `22:00-06:00` runs over midnight and belongs to the day on which it begins.
//! The end is exclusive; `24:00` is the end of the day. An empty text is always.

use crate::vocabulary::LocalTime;
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use thiserror::Error;

const DAY: u16 = 24 * 60;
const EVERY_DAY: u8 = 0b111_1111;
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Why a text is no schedule.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("schedule \"{text}\", at \"{part}\": {problem}; write it like \"Mon-Fri 07:00-22:00, Sat 09:00-18:00\"")]
pub struct ScheduleError {
    /// The whole text.
    pub text: String,
    /// The part that does not fit.
    pub part: String,
    /// What is wrong with it.
    pub problem: String,
}

/// Minutes `from` (inclusive) to `to` (exclusive) of the days in `days`; over midnight when `to <= from`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    days: u8,
    from: u16,
    to: u16,
}

/// Weekly opening times. The default is always open.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Schedule {
    text: String,
    spans: Vec<Span>,
}

impl Schedule {
    /// Open at any time.
    pub fn always() -> Self {
        Schedule::default()
    }

    /// Whether the zone is watched at this minute.
    pub fn is_open(&self, now: LocalTime) -> bool {
        let today = 1u8 << (now.weekday as u8);
        let yesterday = 1u8 << ((now.weekday as u8 + 6) % 7);
        self.spans.is_empty()
            || self.spans.iter().any(|s| {
                if s.from < s.to {
                    s.days & today != 0 && (s.from..s.to).contains(&now.minute)
                } else {
                    (s.days & today != 0 && now.minute >= s.from) || (s.days & yesterday != 0 && now.minute < s.to)
                }
            })
    }
}

impl std::fmt::Display for Schedule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<Schedule> for String {
    fn from(s: Schedule) -> String {
        s.text
    }
}

impl TryFrom<String> for Schedule {
    type Error = ScheduleError;
    fn try_from(text: String) -> Result<Self, ScheduleError> {
        text.parse()
    }
}

impl FromStr for Schedule {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let mut spans = Vec::new();
        if text.trim().is_empty() {
            return Ok(Schedule::always());
        }
        // Days named so far that have no time yet, and the days of the last time.
        let (mut pending, mut last) = (0u8, EVERY_DAY);
        for part in text.split(',') {
            let fail = |problem: String| ScheduleError { text: text.into(), part: part.trim().into(), problem };
            let words: Vec<&str> = part.split_whitespace().collect();
            let (days, time) = match words[..] {
                [] => return Err(fail("nothing stands between two commas".into())),
                [word] if word.starts_with(|c: char| c.is_ascii_digit()) => (None, Some(word)),
                [word] => (Some(word), None),
                [days, time] => (Some(days), Some(time)),
                _ => return Err(fail("more than days and one time; separate times with commas".into())),
            };
            if let Some(days) = days {
                pending |= parse_days(days).map_err(fail)?;
            }
            if let Some(time) = time {
                let days = if pending != 0 { std::mem::take(&mut pending) } else { last };
                let (from, to) = parse_time(time).map_err(fail)?;
                spans.push(Span { days, from, to });
                last = days;
            }
        }
        if pending != 0 {
            spans.push(Span { days: pending, from: 0, to: DAY });
        }
        Ok(Schedule { text: text.trim().to_owned(), spans })
    }
}

/// `Mon` or `Mon-Fri`, round the week if need be (`Sat-Mon`).
fn parse_days(word: &str) -> Result<u8, String> {
    let day = |name: &str| {
        DAYS.iter()
            .position(|d| d.eq_ignore_ascii_case(name))
            .ok_or_else(|| format!("\"{name}\" is no day (Mon, Tue, Wed, Thu, Fri, Sat, Sun)"))
    };
    let Some((first, last)) = word.split_once('-') else { return Ok(1 << day(word)?) };
    let (first, last) = (day(first)?, day(last)?);
    let length = (last + 7 - first) % 7;
    Ok((0..=length).fold(0, |mask, i| mask | 1 << ((first + i) % 7)))
}

/// `07:00-22:00` in minutes of the day.
fn parse_time(word: &str) -> Result<(u16, u16), String> {
    let (from, to) = word.split_once('-').ok_or_else(|| format!("\"{word}\" is no time span like 07:00-22:00"))?;
    let (from, to) = (parse_clock(from)?, parse_clock(to)?);
    if from == DAY {
        return Err("a span cannot begin at 24:00; begin it at 00:00".into());
    }
    if from == to {
        return Err("the span is empty: it ends when it begins; the whole day is 00:00-24:00".into());
    }
    Ok((from, to))
}

fn parse_clock(word: &str) -> Result<u16, String> {
    let wrong = || format!("\"{word}\" is no time of day between 00:00 and 24:00");
    let (hour, minute) = word.split_once(':').ok_or_else(wrong)?;
    let number = |s: &str| match s.len() {
        1 | 2 if s.bytes().all(|b| b.is_ascii_digit()) => s.parse::<u16>().map_err(|_| wrong()),
        _ => Err(wrong()),
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    if minute > 59 || hour * 60 + minute > DAY {
        return Err(wrong());
    }
    Ok(hour * 60 + minute)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::Weekday;
    use proptest::prelude::*;

    fn open(text: &str, weekday: Weekday, hour: u16, minute: u16) -> bool {
        let s: Schedule = text.parse().expect(text);
        s.is_open(LocalTime { weekday, minute: hour * 60 + minute })
    }

    #[test]
    fn a_daily_span_opens_and_closes_on_the_minute() {
        let s = "Mon-Sun 07:00-22:00";
        assert!(!open(s, Weekday::Wed, 6, 59) && open(s, Weekday::Wed, 7, 0));
        assert!(open(s, Weekday::Sun, 21, 59) && !open(s, Weekday::Sun, 22, 0));
    }

    #[test]
    fn a_span_over_midnight_belongs_to_the_day_it_begins() {
        let s = "Fri 22:00-06:00";
        assert!(open(s, Weekday::Fri, 23, 0) && open(s, Weekday::Sat, 5, 59));
        assert!(!open(s, Weekday::Fri, 5, 0) && !open(s, Weekday::Sat, 6, 0) && !open(s, Weekday::Sat, 23, 0));
        assert!(open("22:00-06:00", Weekday::Tue, 1, 0));
    }

    #[test]
    fn lists_wrapped_ranges_second_times_and_whole_days() {
        let s = "Mon,Wed 08:00-10:00, 14:00-24:00, Sat-Sun";
        assert!(open(s, Weekday::Wed, 9, 0) && open(s, Weekday::Mon, 23, 59) && open(s, Weekday::Sun, 3, 0));
        assert!(!open(s, Weekday::Tue, 9, 0) && !open(s, Weekday::Wed, 12, 0));
        assert!(open("Sat-Mon 08:00-09:00", Weekday::Sun, 8, 30) && !open("Sat-Mon 08:00-09:00", Weekday::Tue, 8, 30));
        assert!(open("", Weekday::Tue, 0, 0));
    }

    #[test]
    fn an_error_says_what_where_and_how_it_should_look() {
        for (text, needle) in [
            ("Mon-Fry 07:00-22:00", "\"Fry\" is no day"),
            ("07:00-25:00", "\"25:00\" is no time of day"),
            ("Mon 7-22", "\"7\" is no time of day"),
            ("Mon 07:00-07:00", "the span is empty"),
            ("Mon 07:00-22:00,,Tue", "nothing stands between"),
            ("Mon 24:00-06:00", "cannot begin at 24:00"),
            ("Mon 07:00 - 22:00", "more than days and one time"),
            ("Mon +7:00-22:00", "\"+7:00\" is no time of day"),
        ] {
            let message = text.parse::<Schedule>().expect_err(text).to_string();
            assert!(message.contains(needle) && message.contains("write it like"), "{message}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "[MonTuedFriSat0-9:, -]{0,40}") {
            if let Ok(s) = text.parse::<Schedule>() {
                prop_assert_eq!(s.to_string().parse::<Schedule>().expect("its own text"), s);
            }
        }

        #[test]
        fn a_span_and_its_complement_share_no_minute(from in 0u16..1440, to in 0u16..1440, minute in 0u16..1440) {
            prop_assume!(from != to);
            let clock = |m: u16| format!("{:02}:{:02}", m / 60, m % 60);
            let there: Schedule = format!("{}-{}", clock(from), clock(to)).parse().expect("span");
            let back: Schedule = format!("{}-{}", clock(to), clock(from)).parse().expect("complement");
            let now = LocalTime { weekday: Weekday::Thu, minute };
            prop_assert!(there.is_open(now) != back.is_open(now));
        }
    }
}
