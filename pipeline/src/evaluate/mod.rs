//! Event-level precision, recall and delay of candidates against a truth file.
