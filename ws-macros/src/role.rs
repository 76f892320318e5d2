//! Which of the two attributes is written: what it makes of an item, and what it is called in messages.

/// `#[websocket]` makes handlers, `#[service]` services.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Role {
    Handler,
    Service,
}

impl Role {
    /// The attribute's name.
    pub(crate) fn attribute(self) -> &'static str {
        match self {
            Self::Handler => "websocket",
            Self::Service => "service",
        }
    }

    /// What it makes.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Handler => "handler",
            Self::Service => "service",
        }
    }

    /// The attribute as it is written on what has a path.
    pub(crate) fn with_path(self) -> &'static str {
        match self {
            Self::Handler => "#[websocket(\"/path\")]",
            Self::Service => "#[service]",
        }
    }

    /// A callback of its own, for help texts.
    pub(crate) fn callback(self) -> &'static str {
        match self {
            Self::Handler => "#[text] fn",
            Self::Service => "#[incoming] fn",
        }
    }
}
