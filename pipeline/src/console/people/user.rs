//! A user, as the store keeps one.

use super::role::Role;
use operators::vocabulary::EventTime;

/// A user, as the store keeps one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// A UUID.
    pub id: String,
    /// Name, unique without regard to upper and lower case.
    pub name: String,
    /// The password's argon2id hash; `None` before the first one is set, and for those of an identity provider.
    pub password: Option<String>,
    /// What the user may do.
    pub role: Role,
    /// Divisions, the first six digits of grid cells; empty for all.
    pub districts: Vec<String>,
    /// May not come in.
    pub disabled: bool,
    /// Issuer and subject, for users of an identity provider.
    pub oidc: Option<String>,
    /// When the user last came in.
    pub last_sign_in: Option<EventTime>,
}

/// Whether a name may be a user's: 1 to 64 characters, none of them blank or a control character.
pub fn name_fits(name: &str) -> bool {
    let length = name.chars().count();
    (1..=64).contains(&length) && !name.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// Divisions from a text such as `320113 320114`; `None` where one is no division code.
pub fn districts(text: &str) -> Option<Vec<String>> {
    let words = text.split([' ', ',', '，', '、', '\t', '\n', '\r']).filter(|word| !word.is_empty());
    let fits = |code: &str| code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit());
    let mut codes = words.map(|word| fits(word).then(|| word.to_owned())).collect::<Option<Vec<_>>>()?;
    codes.sort_unstable();
    codes.dedup();
    (codes.len() <= 100).then_some(codes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn districts_are_division_codes_in_any_order_and_once() {
        assert_eq!(districts("320114, 320113，320113"), Some(vec!["320113".to_owned(), "320114".to_owned()]));
        assert_eq!(districts("  "), Some(Vec::new()));
        for bad in ["32", "32011", "32011x", "3201130", "%", "320113'--"] {
            assert_eq!(districts(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_name_is_one_word() {
        assert!(name_fits("li.wei") && name_fits("王芳"));
        for bad in ["", "li wei", "a\u{7}", &"x".repeat(65)] {
            assert!(!name_fits(bad), "{bad}");
        }
    }
}
