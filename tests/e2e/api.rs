//! The console's API against whatever its OpenAPI document allows and forbids: no input makes it fail.

use serde_json::Value;
use std::process::{Command, Stdio};
use streetwatch_tests::binary::workspace;
use streetwatch_tests::desk::Desk;
use streetwatch_tests::media;

/// Requests that schemathesis makes up for each operation.
const EXAMPLES: &str = "60";

#[test]
fn no_input_makes_the_api_fail() {
    let program = workspace().join(".cache/schemathesis/bin/schemathesis");
    if !program.exists() {
        eprintln!("skipped: schemathesis is not installed (scripts/setup.sh test installs it)");
        return;
    }
    if !media::available() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut desk = Desk::start(folder.path(), 6);
    let (cookie, csrf) = desk.administrator();
    let report = workspace().join("target/schemathesis.txt");
    let ran = Command::new(program)
        .args(["run", &format!("{}/api/v1/openapi.json", desk.base)])
        .args([
            "--checks",
            "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
        ])
        .args(["--max-examples", EXAMPLES, "--seed", "17", "--generation-database", "none", "--no-color"])
        .args(["--phases", "examples,coverage,fuzzing", "--continue-on-failure"])
        // Signing out would end the run; signing in with made-up passwords is throttled, and tested elsewhere.
        .args(["--exclude-path", "/api/v1/session"])
        .args(["--header", &format!("Cookie: {cookie}"), "--header", &format!("x-csrf-token: {csrf}")])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .expect("schemathesis runs");
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    std::fs::write(report, &said).expect("written");
    assert!(ran.status.success(), "{said}\n{}", String::from_utf8_lossy(&ran.stderr));
    let me: Value = serde_json::from_str(&desk.get("/api/v1/me", &cookie)).expect("still signed in");
    assert_eq!(me["role"], "administrator");
}
