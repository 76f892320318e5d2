//! The place of a route in the program, for error texts.

use std::fmt;

/// The place in the program at which a route is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SourceLocation {
    pub(crate) module: &'static str,
    pub(crate) file: &'static str,
    pub(crate) line: u32,
}

impl fmt::Display for SourceLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}
