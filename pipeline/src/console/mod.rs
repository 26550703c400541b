//! The page on 127.0.0.1:8080: candidates, health, metrics.
