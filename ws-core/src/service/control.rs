//! What a callback of a service returns: how the service goes on (B3).

use std::fmt;
use std::time::Duration;

use crate::message::StopReason;

/// How a service goes on after a callback.
#[derive(Debug, Default)]
#[non_exhaustive]
pub enum Control {
    /// As before; `()` says the same.
    #[default]
    Continue,
    /// From now on `#[timeout]` is called whenever nothing happened to the service for so long: no join, message, close,
    /// info or broadcast. It holds until a callback says otherwise; [`Duration::MAX`] is never.
    Timeout(Duration),
    /// The service ends: its members close with 1001, each with its `#[close]`, then `#[terminate]` receives this reason
    /// as [`Terminate::StopAs`](crate::Terminate::StopAs). From then on its route answers with 503.
    Stop(Box<dyn StopReason>),
}

impl Control {
    /// [`Stop`](Self::Stop), with anything that can be shown as the reason.
    ///
    /// ```
    /// use ws_core::service::Control;
    ///
    /// assert!(matches!(Control::stop("sold out"), Control::Stop(reason) if reason.to_string() == "sold out"));
    /// ```
    #[must_use]
    pub fn stop(reason: impl StopReason) -> Self {
        Self::Stop(Box::new(reason))
    }
}

/// What a callback of a service may return: nothing, or a [`Control`].
#[diagnostic::on_unimplemented(
    message = "a callback of a service cannot return `{Self}`",
    label = "neither `()` nor a `Control`",
    note = "a service answers with `member.send(…)`: it has many members, and any callback may speak to any of them",
    note = "return `()`, or a `Control`: `Control::Continue`, `Control::Timeout(after)`, `Control::stop(reason)`"
)]
pub trait IntoControl {
    /// As a [`Control`].
    fn into_control(self) -> Control;
}

impl IntoControl for () {
    fn into_control(self) -> Control {
        Control::Continue
    }
}

impl IntoControl for Control {
    fn into_control(self) -> Control {
        self
    }
}

impl IntoControl for std::convert::Infallible {
    fn into_control(self) -> Control {
        match self {}
    }
}

impl fmt::Display for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Continue => f.write_str("continue"),
            Self::Timeout(after) => write!(f, "time out after {after:?}"),
            Self::Stop(reason) => write!(f, "stop: {reason}"),
        }
    }
}
