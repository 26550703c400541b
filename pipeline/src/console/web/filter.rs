//! The queue's filter as its address carries it.

use crate::console::desk::{DeskState, Filter};
use serde::{Deserialize, Serialize};

/// The queue's filter as its address carries it; empty is no filter. What makes no sense filters nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct Asked {
    /// Words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// A state, or `any`; empty is `waiting`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub state: String,
    /// Rule kind.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub rule: String,
    /// Camera id.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub camera: String,
    /// Six digits.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub district: String,
    /// The first digits of a grid cell.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub grid: String,
    /// Raised in the last so many hours.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub age: String,
    /// Least score, in percent.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub score: String,
}

impl Asked {
    /// The filter for the desk.
    pub fn filter(&self, now: i64) -> Filter {
        let given = |text: &str| {
            Some(text.replace('\0', " ").trim().to_owned()).filter(|text| !text.is_empty() && text.len() <= 200)
        };
        let states = match self.state.as_str() {
            "any" => DeskState::ALL.to_vec(),
            word => DeskState::of(word).into_iter().collect(),
        };
        let hours = self.age.parse::<i64>().ok().filter(|hours| (1..=100_000).contains(hours));
        let percent = self.score.parse::<u8>().ok().filter(|percent| *percent <= 100);
        Filter {
            states,
            rule: given(&self.rule),
            camera: given(&self.camera),
            grid: given(&self.grid),
            district: given(&self.district),
            raised_from: hours.map(|hours| now - hours * 3_600_000),
            raised_before: None,
            score_from: percent.map(|percent| f64::from(percent) / 100.0),
            score_below: None,
            text: given(&self.text),
        }
    }

    /// Whether it filters anything.
    pub fn is_any(&self) -> bool {
        *self != Asked::default()
    }

    /// The query of an address.
    pub fn query(&self) -> String {
        let fields = [
            ("text", &self.text),
            ("state", &self.state),
            ("rule", &self.rule),
            ("camera", &self.camera),
            ("district", &self.district),
            ("grid", &self.grid),
            ("age", &self.age),
            ("score", &self.score),
        ];
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (key, value) in fields.into_iter().filter(|(_, value)| !value.is_empty()) {
            query.append_pair(key, value);
        }
        query.finish()
    }
}

/// One choice of a list.
#[derive(Debug, Clone)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub words: String,
    /// Whether it is chosen now.
    pub chosen: bool,
}

impl Choice {
    /// A list of choices, of which one is chosen.
    pub fn list(choices: impl IntoIterator<Item = (String, String)>, chosen: &str) -> Vec<Choice> {
        let made = choices.into_iter();
        made.map(|(value, words)| Choice { chosen: value == chosen, value, words }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_comes_back_from_its_address_and_nonsense_filters_nothing() {
        let asked = Asked { text: "苏A 12&3".into(), state: "any".into(), score: "50".into(), ..Asked::default() };
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(asked.query().as_bytes()).into_owned().collect();
        assert_eq!(pairs[0], ("text".into(), "苏A 12&3".into()));
        let filter = asked.filter(0);
        assert_eq!((filter.states.len(), filter.score_from), (6, Some(0.5)));
        let odd = Asked { age: "-5".into(), score: "1e9".into(), state: "lost".into(), ..Asked::default() };
        assert_eq!(odd.filter(0), Filter::default());
    }
}
