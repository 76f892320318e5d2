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

impl SourceLocation {
    /// Returns whether it is in `module` or in one of its submodules.
    pub(crate) fn is_in(self, module: &str) -> bool {
        let below = self.module.strip_prefix(module);
        below.is_some_and(|below| below.is_empty() || below.starts_with("::"))
    }
}

#[cfg(test)]
mod tests {
    use super::SourceLocation;

    #[test]
    fn a_module_contains_itself_and_its_submodules() {
        let is_in = |module, other| SourceLocation { module, file: "", line: 0 }.is_in(other);
        assert!(is_in("app", "app"));
        assert!(is_in("app::chat::room", "app::chat"));
        assert!(!is_in("app::chatter", "app::chat"));
        assert!(!is_in("app", "app::chat"));
    }
}
