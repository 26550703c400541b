//! Style, script and icon, in the binary.

use super::refusal::Refusal;
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

const FILES: [(&str, &str, &str); 4] = [
    (
        "app.css",
        "text/css; charset=utf-8",
        concat!(
            include_str!("../assets/app.css"),
            include_str!("../assets/desk.css"),
            include_str!("../assets/cameras.css"),
            include_str!("../assets/map.css")
        ),
    ),
    (
        "app.js",
        "text/javascript; charset=utf-8",
        concat!(include_str!("../assets/app.js"), include_str!("../assets/cameras.js")),
    ),
    (
        "map.js",
        "text/javascript; charset=utf-8",
        concat!(
            include_str!("../assets/map/core.js"),
            include_str!("../assets/map/view.js"),
            include_str!("../assets/map/things.js"),
            include_str!("../assets/map/replay.js"),
            include_str!("../assets/map/drawing.js"),
            include_str!("../assets/map/tables.js")
        ),
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

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    /// Relative luminance of `#rrggbb`, as WCAG 2 has it.
    fn luminance(colour: &str) -> f64 {
        let part = |at: usize| {
            let value = u8::from_str_radix(&colour[at..at + 2], 16).expect("a colour");
            let share = f64::from(value) / 255.0;
            if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    }

    fn contrast(one: &str, other: &str) -> f64 {
        let (a, b) = (luminance(one), luminance(other));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_ink_can_be_read_on_its_ground_in_the_light_and_in_the_dark() {
        let css = include_str!("../assets/app.css");
        let blocks: Vec<&str> = css.split("--ink:").skip(1).filter_map(|block| block.split('}').next()).collect();
        assert_eq!(blocks.len(), 3, "light, dark by system, dark by choice");
        assert_eq!(blocks[1].split_whitespace().collect::<String>(), blocks[2].split_whitespace().collect::<String>());
        for block in &blocks[..2] {
            let block = format!("--ink:{block}");
            let colours: HashMap<&str, &str> = block
                .split(';')
                .filter_map(|line| line.trim().strip_prefix("--")?.split_once(':'))
                .map(|(name, value)| (name.trim(), value.trim()))
                .filter(|(_, value)| value.starts_with('#'))
                .collect();
            let pairs = [
                ("ink", "ground"),
                ("ink", "card"),
                ("ink", "sunk"),
                ("ink", "accent-soft"),
                ("soft", "ground"),
                ("soft", "card"),
                ("soft", "sunk"),
                ("accent", "card"),
                ("accent", "ground"),
                ("accent", "accent-soft"),
                ("accent", "sunk"),
                ("accent-ink", "accent"),
                ("good", "good-soft"),
                ("card", "good"),
                ("bad", "bad-soft"),
                ("bad", "card"),
                ("warn", "warn-soft"),
            ];
            for (ink, ground) in pairs {
                let ratio = contrast(colours[ink], colours[ground]);
                assert!(ratio >= 4.5, "{ink} on {ground}: {ratio:.2}");
            }
            for edge in ["soft", "focus"] {
                assert!(contrast(colours[edge], colours["card"]) >= 3.0, "{edge} around fields");
            }
        }
    }

    #[test]
    fn every_pages_script_and_style_come_from_here() {
        let templates = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
        let mut seen = 0;
        for entry in std::fs::read_dir(templates).expect("templates").map(|e| e.expect("readable").path()) {
            let Some(text) = entry.is_file().then(|| std::fs::read_to_string(&entry).expect("UTF-8")) else { continue };
            seen += 1;
            for inline in [" style=", " onclick=", "<style", "javascript:", "|safe"] {
                assert!(!text.contains(inline), "{}: {inline}", entry.display());
            }
            for tag in text.split("<script").skip(1) {
                assert!(tag.trim_start().starts_with("src=\"/assets/"), "{}", entry.display());
            }
        }
        assert!(seen >= 10, "{seen}");
    }
}
