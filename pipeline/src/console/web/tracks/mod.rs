//! The map of vehicles, devices and plans, and the tables of the plans. What they show comes from the JSON API.

mod form;
mod ground;
mod tables;
#[cfg(test)]
mod tests;

use super::App;
use axum::Router;
use axum::routing::get;

/// The routes of the map and of the plans.
pub fn router() -> Router<App> {
    Router::new().route("/map", get(ground::show)).route("/plans", get(tables::show))
}
