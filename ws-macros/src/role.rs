//! The two attributes, and the words for them in error texts.

/// `#[websocket]` makes handlers, `#[service]` services.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Role {
    Handler,
    Service,
}

impl Role {
    /// Names the attribute.
    pub(crate) fn attribute(self) -> &'static str {
        match self {
            Self::Handler => "websocket",
            Self::Service => "service",
        }
    }

    /// Returns the other attribute.
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Handler => Self::Service,
            Self::Service => Self::Handler,
        }
    }

    /// Returns the word for an annotated item.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Handler => "handler",
            Self::Service => "service",
        }
    }

    /// Writes the attribute as it stands on a struct or a module, where it takes the path.
    pub(crate) fn with_path(self) -> &'static str {
        match self {
            Self::Handler => "#[websocket(\"/path\")]",
            Self::Service => "#[service]",
        }
    }

    /// Writes the beginning of a typical callback, for help texts.
    pub(crate) fn callback(self) -> &'static str {
        match self {
            Self::Handler => "#[text] fn",
            Self::Service => "#[incoming] fn",
        }
    }
}
