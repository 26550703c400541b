//! Style, script and icon, in the binary.

use super::refusal::Refusal;
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

const FILES: [(&str, &str, &str); 3] = [
    (
        "app.css",
        "text/css; charset=utf-8",
        concat!(
            include_str!("../assets/app.css"),
            include_str!("../assets/desk.css"),
            include_str!("../assets/cameras.css")
        ),
    ),
    (
        "app.js",
        "text/javascript; charset=utf-8",
        concat!(include_str!("../assets/app.js"), include_str!("../assets/cameras.js")),
    ),
    ("icon.svg", "image/svg+xml", include_str!("../assets/icon.svg")),
];

static STAMP: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    FILES.iter().for_each(|(_, _, text)| hash.update(text.as_bytes()));
    hex::encode(hash.finalize())[..12].to_owned()
});

/// Changes whenever a file does; part of their addresses.
pub fn stamp() -> &'static str {
    &STAMP
}

/// `/assets/{name}`.
pub async fn serve(Path(name): Path<String>) -> Result<Response, Refusal> {
    let file = FILES.iter().find(|(known, ..)| *known == name).ok_or(Refusal::NotFound)?;
    let cache = "public, max-age=31536000, immutable";
    Ok(([(header::CONTENT_TYPE, file.1), (header::CACHE_CONTROL, cache)], file.2).into_response())
}
