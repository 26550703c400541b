//! Without a usable ONNX Runtime the error says where it looked and what to do.
//! The runtime is opened once for a process, so the test looks at it from a child.
#![allow(clippy::unwrap_used)]

use models::runtime::{self, RuntimeError};
use std::process::Command;

const CHILD: &str = "STREETWATCH_TEST_CHILD";

#[test]
fn a_missing_library_or_a_file_that_is_none_is_an_error_that_says_what_to_do() {
    if std::env::var_os(CHILD).is_some() {
        let error = runtime::init().expect_err("this is no library");
        assert!(matches!(error, RuntimeError::Unusable { .. }), "{error}");
        assert!(error.to_string().contains("libnone.so") && error.to_string().contains("make setup"), "{error}");
        assert_eq!(runtime::init().expect_err("the same answer again"), error);
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("libnone.so");
    for content in [None, Some("this is text")] {
        if let Some(text) = content {
            std::fs::write(&path, text).unwrap();
        }
        let child = Command::new(std::env::current_exe().unwrap())
            .env(CHILD, "1")
            .env("ORT_DYLIB_PATH", &path)
            .output()
            .unwrap();
        assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
    }
}
