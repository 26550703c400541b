//! The plans: fences, routes, roads, planned work, permits, vehicles, devices.

use super::Refusals;
use crate::console::people::audit::{Act, Entry};
use crate::console::plans::{Change, FieldProblem, Item, NotSaved, Preview, items};
use crate::console::web::{App, LARGEST_IMPORT, Refusal, Supervisor, Viewer};
use crate::plans::PlanKind;
use axum::Json;
use axum::body::to_bytes;
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Everything that the city draws and permits.
#[derive(Debug, Serialize, ToSchema)]
pub struct AllPlans {
    /// Their version; a change names the one it saw.
    version: String,
    /// What is wrong with the files now: what follows is how they last were right.
    #[serde(skip_serializing_if = "Option::is_none")]
    problems: Option<String>,
    /// What should be better.
    remarks: Vec<String>,
    /// Areas.
    fences: Vec<Item>,
    /// Permitted routes.
    routes: Vec<Item>,
    /// Roads with their limits.
    roads: Vec<Item>,
    /// Planned work.
    plans: Vec<Item>,
    /// Permits.
    permits: Vec<Item>,
    /// Vehicles.
    vehicles: Vec<Item>,
    /// Bins, covers and gauges.
    devices: Vec<Item>,
}

/// The kind of a word in an address.
pub fn kind_of(word: &str) -> Result<PlanKind, Refusal> {
    PlanKind::ALL.into_iter().find(|kind| word_of(*kind) == word).ok_or(Refusal::NotFound)
}

/// The word of a kind in an address: `fences`, `routes`, ….
pub const fn word_of(kind: PlanKind) -> &'static str {
    match kind {
        PlanKind::Fences => "fences",
        PlanKind::Routes => "routes",
        PlanKind::Roads => "roads",
        PlanKind::Plans => "plans",
        PlanKind::Permits => "permits",
        PlanKind::Vehicles => "vehicles",
        PlanKind::Devices => "devices",
    }
}

/// Everything that the city draws and permits, as its files have it now. Devices are those of the user's districts.
#[utoipa::path(get, path = "/api/v1/plans", tag = "plans", responses((status = 200, body = AllPlans), Refusals))]
pub async fn all(State(app): State<App>, who: Viewer) -> Result<Json<AllPlans>, Refusal> {
    app.plans.folder().ok_or(Refusal::NotFound)?;
    let book = app.plans.now().await.map_err(Refusal::broken)?;
    let scope = who.session.scope.clone();
    let made = tokio::task::spawn_blocking(move || {
        let of = |kind| items(kind, &book.plans);
        let mut devices = of(PlanKind::Devices);
        devices.retain(|d| scope.allows(crate::console::store::district_of(d.field("grid"))));
        AllPlans {
            version: book.version.clone(),
            problems: book.problems.clone(),
            remarks: book.remarks.clone(),
            fences: of(PlanKind::Fences),
            routes: of(PlanKind::Routes),
            roads: of(PlanKind::Roads),
            plans: of(PlanKind::Plans),
            permits: of(PlanKind::Permits),
            vehicles: of(PlanKind::Vehicles),
            devices,
        }
    });
    made.await.map(Json).map_err(Refusal::broken)
}

/// An item as it shall be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemEdit {
    /// Version of the plans that was seen.
    base: String,
    /// Its id before; absent for a new one.
    #[serde(default)]
    was: Option<String>,
    /// As it shall be.
    item: Item,
}

/// The plans after a change.
#[derive(Debug, Serialize, ToSchema)]
pub struct Changed {
    /// Their version now.
    version: String,
}

/// Fields that were refused; nothing was written.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefusedFields {
    /// Each field with what is wrong.
    problems: Vec<FieldProblem>,
}

/// Saves an item, a new one or a changed one. The same check as the files'; sensor workers take it within seconds.
#[utoipa::path(put, path = "/api/v1/plans/{kind}", tag = "plans", request_body = ItemEdit,
    params(("kind" = String, Path, description = "`fences`, `routes`, `roads`, `plans`, `permits`, `vehicles`, `devices`")),
    responses((status = 200, body = Changed), (status = 400, body = RefusedFields, description = "Fields are wrong"), Refusals))]
pub async fn save(
    State(app): State<App>,
    who: Supervisor,
    Path(kind): Path<String>,
    Json(sent): Json<ItemEdit>,
) -> Result<Response, Refusal> {
    let kind = kind_of(&kind)?;
    let id = sent.item.id.trim().to_owned();
    let what = match &sent.was {
        None => format!("{} added", kind.one()),
        Some(was) if *was == id => format!("{} changed", kind.one()),
        Some(was) => format!("{} changed, was {was}", kind.one()),
    };
    let change = Change::Save { kind, was: sent.was, item: sent.item };
    write(&app, &who, &sent.base, change, &id, &what).await
}

/// The version of the plans that was seen, and which item.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Seen {
    /// Version of the plans that was seen.
    base: String,
    /// Id of the item.
    id: String,
}

/// Deletes an item.
#[utoipa::path(delete, path = "/api/v1/plans/{kind}", tag = "plans",
    params(("kind" = String, Path, description = "As when saving"), Seen),
    responses((status = 200, body = Changed), (status = 400, body = RefusedFields, description = "Something else names it"), Refusals))]
pub async fn delete(
    State(app): State<App>,
    who: Supervisor,
    Path(kind): Path<String>,
    Query(seen): Query<Seen>,
) -> Result<Response, Refusal> {
    let kind = kind_of(&kind)?;
    let what = format!("{} deleted", kind.one());
    let change = Change::Delete { kind, id: seen.id.clone() };
    write(&app, &who, &seen.base, change, &seen.id, &what).await
}

/// A file to bring in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportFile {
    /// Its name; it ends in `.csv`, `.geojson` or `.json`.
    name: String,
    /// Its text.
    text: String,
    /// Version of the plans that the preview named; absent for a preview, which writes nothing.
    #[serde(default)]
    base: Option<String>,
}

/// Brings in a file of one kind, of 16 MB at most: rows are added, those whose id is there are replaced. Without `base` it
/// only says what would change.
#[utoipa::path(post, path = "/api/v1/plans/{kind}/import", tag = "plans", request_body = ImportFile,
    params(("kind" = String, Path, description = "As when saving")),
    responses((status = 200, body = Preview, description = "What would change; or `Changed`, once it has"),
        (status = 400, body = RefusedFields, description = "Rows are wrong"), Refusals))]
pub async fn import(
    State(app): State<App>,
    who: Supervisor,
    Path(kind): Path<String>,
    request: Request,
) -> Result<Response, Refusal> {
    let kind = kind_of(&kind)?;
    // The framework's own limit for JSON is smaller than a city's roads; the guard has held this one already.
    let body = to_bytes(request.into_body(), LARGEST_IMPORT).await.map_err(|_| Refusal::TooLarge)?;
    let sent: ImportFile = serde_json::from_slice(&body).map_err(|e| Refusal::BadInput(e.to_string()))?;
    match sent.base {
        Some(base) => {
            let what = format!("{} brought in from a file", word_of(kind));
            let about = sent.name.clone();
            let change = Change::Import { kind, name: sent.name, text: sent.text };
            write(&app, &who, &base, change, &about, &what).await
        }
        None => match app.plans.preview(kind, sent.name, sent.text).await {
            Ok(preview) => Ok(Json(preview).into_response()),
            Err(error) => refused(error),
        },
    }
}

async fn write(
    app: &App,
    who: &Supervisor,
    base: &str,
    change: Change,
    about: &str,
    what: &str,
) -> Result<Response, Refusal> {
    match app.plans.change(base, change).await {
        Ok(version) => {
            let entry = Entry::new(Act::Setting, about, what).by(&who.visitor);
            app.people().record(entry).await.map_err(Refusal::broken)?;
            Ok(Json(Changed { version }).into_response())
        }
        Err(error) => refused(error),
    }
}

/// Fields are told one by one; all else as everywhere.
fn refused(error: NotSaved) -> Result<Response, Refusal> {
    match error {
        NotSaved::Refused(problems) => {
            let kind = [(header::CONTENT_TYPE, "application/json")];
            Ok((StatusCode::BAD_REQUEST, kind, Json(RefusedFields { problems })).into_response())
        }
        NotSaved::Changed => Err(Refusal::Conflict(error.to_string())),
        NotSaved::NoPlans | NotSaved::Gone => Err(Refusal::NotFound),
        NotSaved::Broken(_) => Err(Refusal::BadInput(error.to_string())),
        NotSaved::Disk(_) => {
            tracing::error!(%error, "plans could not be saved");
            Err(Refusal::BadInput("the plans' folder cannot be written; see the console's log".to_owned()))
        }
        NotSaved::Defect(_) => Err(Refusal::broken(error)),
    }
}
