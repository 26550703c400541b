//! Class codes: versioned tables in data, and the crosswalk between generations.
