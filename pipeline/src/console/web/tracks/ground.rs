//! `/map`: the city drawn from its own data, with vehicles, their tracks, and the plans to edit.

use super::super::api::may_see_tracks;
use super::super::frame::Frame;
use super::super::guard::PicturesFrom;
use super::super::refusal::Refusal;
use super::super::visitor::Viewer;
use super::super::{App, page};
use super::form::{Form, Widget, forms};
use crate::console::i18n::Tongue;
use crate::console::people::Role;
use crate::console::tracks::has_devices;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde_json::{Map, Value, json};

/// Groups of words that the page's script shows.
const GROUPS: [&str; 10] =
    ["map", "edit", "state-of", "mark", "plan", "plan-one", "plan-field", "fence-kind", "vehicle-class", "device-kind"];

#[derive(Template)]
#[template(path = "map.html")]
struct MapPage {
    frame: Frame,
    words: String,
    /// What the script must know: JSON.
    setup: String,
    forms: Vec<Form>,
    tiles: bool,
    all: bool,
}

/// The words that the pages' script shows, as JSON.
pub(super) fn words(tongue: Tongue) -> String {
    let keys = tongue.keys().filter(|key| key.split_once('.').is_some_and(|(group, _)| GROUPS.contains(&group)));
    let words: Map<String, Value> = keys.map(|key| (key.to_owned(), tongue.t(key).into())).collect();
    Value::Object(words).to_string()
}

/// `GET /map`.
pub async fn show(State(app): State<App>, who: Viewer) -> Result<Response, Refusal> {
    if !has_devices(&app.config) {
        return Err(Refusal::NotFound);
    }
    let tiles = app.config.sensors.as_ref().and_then(|sensors| sensors.tiles.as_deref());
    let frame = Frame::new(&app, &who.visitor);
    let all = may_see_tracks(&who.session.scope).is_ok();
    let setup = json!({
        "zone": app.timezone.iana_name().unwrap_or("UTC"),
        "tongue": frame.tongue.html(),
        "edits": who.session.role >= Role::Supervisor && app.plans.folder().is_some(),
        "vehicles": all,
        "tiles": tiles,
    });
    let made = MapPage {
        words: words(frame.tongue),
        setup: setup.to_string(),
        forms: forms(frame.tongue),
        tiles: tiles.is_some(),
        all,
        frame,
    };
    let mut response = page(&made)?;
    if let Some(origin) = tiles.and_then(origin) {
        response.extensions_mut().insert(PicturesFrom(origin));
    }
    Ok(response)
}

/// Scheme and host of a tile server's address; a `{s}` for its names is any of them.
fn origin(tiles: &str) -> Option<String> {
    let url = url::Url::parse(&tiles.replace("{s}.", "any--one.")).ok()?;
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let host = url.host_str()?.replace("any--one.", "*.");
    // What stands in the policy must not say more than one origin.
    let plain = host.chars().all(|c| c.is_ascii_alphanumeric() || ".-*[]:".contains(c));
    plain.then(|| format!("{}://{host}{port}", url.scheme()))
}

#[cfg(test)]
mod tests {
    use super::origin;

    #[test]
    fn only_scheme_and_host_of_the_tile_server_go_into_the_policy() {
        let told = |tiles| origin(tiles).unwrap_or_default();
        assert_eq!(told("https://tiles.example/{z}/{x}/{y}.png"), "https://tiles.example");
        assert_eq!(told("http://127.0.0.1:9000/t/{z}/{x}/{y}.png?key=1"), "http://127.0.0.1:9000");
        assert_eq!(told("https://{s}.tiles.example/{z}/{x}/{y}.png"), "https://*.tiles.example");
        assert_eq!(told("https://a; script-src *//{z}/{x}/{y}"), "");
    }
}
