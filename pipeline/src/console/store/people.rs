//! Users, sessions and one-time links, as the store keeps them. The rules are in [`crate::console::people`].

use super::{Sql, Store, StoreError, Tx, Value};
use crate::console::people::{Role, User};
use operators::vocabulary::EventTime;
use sqlx::Row;
use sqlx::any::AnyRow;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A user to be.
#[derive(Debug, Clone)]
pub struct NewUserRow {
    /// Name, as people write it.
    pub name: String,
    /// Hash of the password.
    pub password: Option<String>,
    /// What the user may do.
    pub role: Role,
    /// Where; empty for everywhere.
    pub districts: Vec<String>,
    /// Issuer and subject, `issuer#subject`.
    pub oidc: Option<String>,
}

/// A session and whose it is.
#[derive(Debug, Clone)]
pub struct SessionRow {
    /// Whose.
    pub user: User,
    /// Its last request that was written down.
    pub last_seen: EventTime,
    /// When it ends.
    pub expires: EventTime,
}

const COLUMNS: &str = "SELECT u.id, u.name, u.role, u.password, u.oidc_issuer, u.oidc_subject, u.disabled, u.last_sign_in, \
                       d.district FROM users u LEFT JOIN user_districts d ON d.user_id = u.id";

impl Store {
    /// Whether there is any user.
    ///
    /// # Errors
    /// What the database says.
    pub async fn has_users(&self) -> Result<bool, StoreError> {
        Ok(Sql::new("SELECT COUNT(*) FROM users").number(self.reader()).await? > 0)
    }

    /// Every user, by name.
    ///
    /// # Errors
    /// What the database says.
    pub async fn users(&self) -> Result<Vec<User>, StoreError> {
        let mut sql = Sql::new(COLUMNS);
        sql.push(" ORDER BY u.login, d.district");
        gathered(sql.all(self.reader()).await?)
    }

    /// A user by id.
    ///
    /// # Errors
    /// What the database says.
    pub async fn user(&self, id: &str) -> Result<Option<User>, StoreError> {
        let mut sql = Sql::new(COLUMNS);
        sql.push(" WHERE u.id = ").bind(id).push(" ORDER BY d.district");
        Ok(gathered(sql.all(self.reader()).await?)?.pop())
    }

    /// A user by name, upper and lower case alike.
    ///
    /// # Errors
    /// What the database says.
    pub async fn user_by_name(&self, name: &str) -> Result<Option<User>, StoreError> {
        let mut sql = Sql::new(COLUMNS);
        sql.push(" WHERE u.login = ").bind(name.to_lowercase()).push(" ORDER BY d.district");
        Ok(gathered(sql.all(self.reader()).await?)?.pop())
    }

    /// A user by issuer and subject.
    ///
    /// # Errors
    /// What the database says.
    pub async fn user_by_oidc(&self, oidc: &str) -> Result<Option<User>, StoreError> {
        let (issuer, subject) = split(oidc);
        let mut sql = Sql::new(COLUMNS);
        sql.push(" WHERE u.oidc_issuer = ").bind(issuer).push(" AND u.oidc_subject = ").bind(subject);
        sql.push(" ORDER BY d.district");
        Ok(gathered(sql.all(self.reader()).await?)?.pop())
    }

    /// Makes a user.
    ///
    /// # Errors
    /// What the database says; a name that somebody has is an error of the database's.
    pub async fn insert_user(&self, row: NewUserRow, now: EventTime) -> Result<User, StoreError> {
        let id = Uuid::now_v7().to_string();
        let (issuer, subject) = row.oidc.as_deref().map(split).unzip();
        let own = |text: Option<&str>| text.map(str::to_owned);
        let mut tx = self.begin().await?;
        let columns = "INSERT INTO users (id, login, name, role, password, oidc_issuer, oidc_subject, locale, disabled, \
                       created_at, password_at) VALUES ";
        let mut sql = Sql::new(columns);
        sql.row([
            Value::from(&id),
            row.name.to_lowercase().into(),
            Value::from(&row.name),
            row.role.as_str().into(),
            row.password.clone().into(),
            own(issuer).into(),
            own(subject).into(),
            "".into(),
            false.into(),
            now.0.into(),
            row.password.as_ref().map(|_| now.0).into(),
        ]);
        sql.run(&mut *tx).await?;
        insert_districts(&mut tx, &id, &row.districts).await?;
        tx.commit().await?;
        let NewUserRow { name, password, role, districts, oidc } = row;
        Ok(User { id, name, password, role, districts, disabled: false, oidc, last_sign_in: None })
    }

    /// Sets what a user may do, and where.
    ///
    /// # Errors
    /// What the database says.
    pub async fn set_rights(&self, id: &str, role: Role, districts: &[String]) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let mut sql = Sql::new("UPDATE users SET role = ");
        sql.bind(role.as_str()).push(" WHERE id = ").bind(id);
        sql.run(&mut *tx).await?;
        let mut sql = Sql::new("DELETE FROM user_districts WHERE user_id = ");
        sql.bind(id);
        sql.run(&mut *tx).await?;
        insert_districts(&mut tx, id, districts).await?;
        Ok(tx.commit().await?)
    }

    /// Disables a user, or enables them again.
    ///
    /// # Errors
    /// What the database says.
    pub async fn set_disabled(&self, id: &str, disabled: bool) -> Result<(), StoreError> {
        let mut sql = Sql::new("UPDATE users SET disabled = ");
        sql.bind(disabled).push(" WHERE id = ").bind(id);
        self.change_people(sql).await
    }

    /// Sets the hash of a user's password.
    ///
    /// # Errors
    /// What the database says.
    pub async fn set_password(&self, id: &str, hash: &str, now: EventTime) -> Result<(), StoreError> {
        let mut sql = Sql::new("UPDATE users SET password = ");
        sql.bind(hash).push(", password_at = ").bind(now.0).push(" WHERE id = ").bind(id);
        self.change_people(sql).await
    }

    /// Notes that a user came in.
    ///
    /// # Errors
    /// What the database says.
    pub async fn touch_user(&self, id: &str, now: EventTime) -> Result<(), StoreError> {
        let mut sql = Sql::new("UPDATE users SET last_sign_in = ");
        sql.bind(now.0).push(" WHERE id = ").bind(id);
        self.change_people(sql).await
    }

    pub(super) async fn change_people(&self, sql: Sql) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        sql.run(&mut *tx).await?;
        Ok(tx.commit().await?)
    }
}

async fn insert_districts(tx: &mut Tx, user: &str, districts: &[String]) -> Result<(), StoreError> {
    for district in districts {
        let mut sql = Sql::new("INSERT INTO user_districts (user_id, district) VALUES ");
        sql.row([user.into(), district.into()]);
        sql.run(&mut **tx).await?;
    }
    Ok(())
}

/// `issuer#subject`; an issuer has no `#`.
fn split(oidc: &str) -> (&str, &str) {
    oidc.split_once('#').unwrap_or((oidc, ""))
}

/// One user of several rows, one a district. In the rows' order.
fn gathered(rows: Vec<AnyRow>) -> Result<Vec<User>, StoreError> {
    let mut users: Vec<User> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows {
        let id: String = row.try_get(0)?;
        let district: Option<String> = row.try_get(8)?;
        let place = match places.get(&id) {
            Some(place) => *place,
            None => {
                places.insert(id, users.len());
                users.push(user(&row)?);
                users.len() - 1
            }
        };
        users[place].districts.extend(district);
    }
    Ok(users)
}

fn user(row: &AnyRow) -> Result<User, StoreError> {
    let id: String = row.try_get(0)?;
    let role: String = row.try_get(2)?;
    let role = role.parse().map_err(|e: crate::console::people::NoRole| StoreError::Row {
        what: format!("user {id}"),
        why: e.to_string(),
    })?;
    let (issuer, subject): (Option<String>, Option<String>) = (row.try_get(4)?, row.try_get(5)?);
    Ok(User {
        id,
        name: row.try_get(1)?,
        role,
        password: row.try_get(3)?,
        oidc: issuer.zip(subject).map(|(issuer, subject)| format!("{issuer}#{subject}")),
        disabled: row.try_get::<i64, _>(6)? != 0,
        last_sign_in: row.try_get::<Option<i64>, _>(7)?.map(EventTime),
        districts: Vec::new(),
    })
}
