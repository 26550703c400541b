//! A query put together piece by piece, every value bound, never written into the text.
//!
//! Placeholders are `$1`, `$2`, …: both databases read them.

use super::StoreError;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, Executor, Row};

/// A value of a query.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A whole number.
    Int(i64),
    /// A whole number or null.
    MaybeInt(Option<i64>),
    /// A number or null.
    Real(Option<f64>),
    /// A text.
    Text(String),
    /// A text or null.
    MaybeText(Option<String>),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Int(value)
    }
}
impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Int(i64::from(value))
    }
}
impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Self {
        Value::MaybeInt(value)
    }
}
impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Value::Real(Some(value))
    }
}
impl From<Option<f64>> for Value {
    fn from(value: Option<f64>) -> Self {
        Value::Real(value)
    }
}
impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::Text(value.to_owned())
    }
}
impl From<String> for Value {
    fn from(value: String) -> Self {
        Value::Text(value)
    }
}
impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Value::Text(value.clone())
    }
}
impl From<Option<String>> for Value {
    fn from(value: Option<String>) -> Self {
        Value::MaybeText(value)
    }
}

/// A query and its values.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sql {
    text: String,
    values: Vec<Value>,
}

impl Sql {
    /// A query that begins like this.
    pub fn new(text: &str) -> Self {
        Sql { text: text.to_owned(), values: Vec::new() }
    }

    /// Adds text of this program's own. Never what a person wrote: that is bound.
    pub fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Adds a placeholder for a value.
    pub fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        self.text.push('$');
        self.text.push_str(&self.values.len().to_string());
        self
    }

    /// Adds ` IN ($1, $2, …)`; nothing is in an empty list.
    pub fn within<V: Into<Value>>(&mut self, values: impl IntoIterator<Item = V>) -> &mut Self {
        self.push(" IN (");
        let mut any = false;
        for value in values {
            if any {
                self.push(", ");
            }
            self.bind(value);
            any = true;
        }
        self.push(if any { ")" } else { "NULL)" })
    }

    /// Adds `($1, $2, …)`.
    pub fn row(&mut self, values: impl IntoIterator<Item = Value>) -> &mut Self {
        self.push("(");
        for (i, value) in values.into_iter().enumerate() {
            if i > 0 {
                self.push(", ");
            }
            self.bind(value);
        }
        self.push(")")
    }

    /// The text so far.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn query(self) -> Query<'static, Any, AnyArguments> {
        let mut query = sqlx::query(sqlx::AssertSqlSafe(self.text));
        for value in self.values {
            query = match value {
                Value::Int(value) => query.bind(value),
                Value::MaybeInt(value) => query.bind(value),
                Value::Real(value) => query.bind(value),
                Value::Text(value) => query.bind(value),
                Value::MaybeText(value) => query.bind(value),
            };
        }
        query
    }

    /// Every row.
    ///
    /// # Errors
    /// What the database says.
    pub async fn all<'e>(self, on: impl Executor<'e, Database = Any>) -> Result<Vec<AnyRow>, StoreError> {
        Ok(self.query().fetch_all(on).await?)
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// What the database says.
    pub async fn maybe<'e>(self, on: impl Executor<'e, Database = Any>) -> Result<Option<AnyRow>, StoreError> {
        Ok(self.query().fetch_optional(on).await?)
    }

    /// Runs it; how many rows it touched.
    ///
    /// # Errors
    /// What the database says.
    pub async fn run<'e>(self, on: impl Executor<'e, Database = Any>) -> Result<u64, StoreError> {
        Ok(self.query().execute(on).await?.rows_affected())
    }

    /// The whole number in the first column of the first row; 0 where there is none.
    ///
    /// # Errors
    /// What the database says.
    pub async fn number<'e>(self, on: impl Executor<'e, Database = Any>) -> Result<i64, StoreError> {
        let row = self.maybe(on).await?;
        Ok(row.map(|row| row.try_get::<Option<i64>, _>(0)).transpose()?.flatten().unwrap_or(0))
    }
}
