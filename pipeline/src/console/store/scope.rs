//! Which districts somebody may see. Every query of a person's takes one, so that none can forget it.

use super::sql::Sql;

/// Digits of a grid code that name its district.
pub const DISTRICT_DIGITS: usize = 6;

/// The district of a grid code: its first six digits; empty where it does not begin with six.
pub fn district_of(grid: &str) -> &str {
    grid.get(..DISTRICT_DIGITS).filter(|start| start.bytes().all(|b| b.is_ascii_digit())).unwrap_or("")
}

/// The districts that a query may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// `None` is the whole city.
    districts: Option<Vec<String>>,
}

impl Scope {
    /// The whole city: for the program itself, and for people without a limit.
    pub fn everything() -> Self {
        Scope { districts: None }
    }

    /// These districts; an empty list is the whole city.
    pub fn of(districts: impl IntoIterator<Item = String>) -> Self {
        let mut districts: Vec<String> = districts.into_iter().collect();
        districts.sort();
        districts.dedup();
        Scope { districts: (!districts.is_empty()).then_some(districts) }
    }

    /// Whether what lies in this district may be seen. Things without a grid code are the whole city's only.
    pub fn allows(&self, district: &str) -> bool {
        self.districts.as_ref().is_none_or(|districts| districts.iter().any(|d| d == district))
    }

    /// The districts, empty for the whole city.
    pub fn districts(&self) -> &[String] {
        self.districts.as_deref().unwrap_or_default()
    }

    /// Adds ` AND column IN (…)` to a query that already has a WHERE.
    pub fn limit(&self, sql: &mut Sql, column: &str) {
        if let Some(districts) = &self.districts {
            sql.push(" AND ").push(column);
            sql.within(districts.iter().map(String::as_str));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_without_districts_is_the_city_and_one_with_districts_never_sees_what_has_none() {
        let city = Scope::of([]);
        assert!(city.allows("320113") && city.allows(""));
        let one = Scope::of(["320113".to_owned()]);
        assert!(one.allows("320113") && !one.allows("320114") && !one.allows(""));
    }

    #[test]
    fn a_grid_code_that_is_too_short_or_no_ascii_has_no_district() {
        assert_eq!(district_of("320113001001001"), "320113");
        assert_eq!(district_of("3201"), "");
        assert_eq!(district_of("南京市"), "");
    }
}
