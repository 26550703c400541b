//! CITY.toml: parsed, checked, refused with file, line and key.
