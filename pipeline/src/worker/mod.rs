//! A camera's way from sample to candidate.
