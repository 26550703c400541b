//! Cameras as filters and maps name them.

use super::{Scope, Sql, Store, StoreError};
use sqlx::Row;

/// A camera and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct CameraRow {
    /// Id.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// District, or empty.
    pub district: String,
    /// Longitude and latitude.
    pub location: Option<[f64; 2]>,
}

impl Store {
    /// The cameras of these districts, by id.
    ///
    /// # Errors
    /// What the database says.
    pub async fn cameras(&self, scope: &Scope) -> Result<Vec<CameraRow>, StoreError> {
        let mut sql = Sql::new("SELECT id, name, district, lon, lat FROM cameras WHERE 1 = 1");
        scope.limit(&mut sql, "district");
        sql.push(" ORDER BY id");
        let mut cameras = Vec::new();
        for row in sql.all(self.reader()).await? {
            let at = (row.try_get::<Option<f64>, _>(3)?, row.try_get::<Option<f64>, _>(4)?);
            cameras.push(CameraRow {
                id: row.try_get(0)?,
                name: row.try_get(1)?,
                district: row.try_get(2)?,
                location: match at {
                    (Some(lon), Some(lat)) => Some([lon, lat]),
                    _ => None,
                },
            });
        }
        Ok(cameras)
    }
}
