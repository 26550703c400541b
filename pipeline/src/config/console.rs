//! The keys of the console.

use super::city::Console;
use super::reader::Reader;

const DEFAULT_STORE: &str = "sqlite:./data/console.db";

/// The table `[console]`.
pub(super) fn console(root: &Reader<'_>) -> Console {
    let mut console = Console { store: DEFAULT_STORE.to_owned(), claim: 120_000, double_review: 5.0 };
    let Some(table) = root.table("console") else { return console };
    if let Some(store) = table.string("store") {
        if !["sqlite:", "postgres://", "postgresql://"].iter().any(|kind| store.starts_with(kind)) {
            // What is written there may be a password.
            table.problem(
                "store",
                format!("is neither \"{DEFAULT_STORE}\" nor \"postgres://USER:PASSWORD@HOST/DATABASE\""),
            );
        }
        console.store = store;
    }
    console.claim = table.duration("claim").unwrap_or(console.claim);
    if !(10_000..=3_600_000).contains(&console.claim) {
        table.problem("claim", "must be from \"10s\" to \"1h\"");
    }
    console.double_review = table.number("double_review", 0.0, 100.0).unwrap_or(console.double_review);
    table.finish();
    console
}
