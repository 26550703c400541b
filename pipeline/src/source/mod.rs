//! From a URL to samples: demultiplex always, decode what is wanted, come back by itself.
