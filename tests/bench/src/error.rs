//! Errors of a run. The runner prints them and goes on with the next server, so a text is enough.

/// Any error, with a text for people.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// A result with any error.
pub type Result<T = (), E = Error> = std::result::Result<T, E>;
