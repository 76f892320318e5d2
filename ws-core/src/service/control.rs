//! The return value of a service's callback, which decides whether the service continues.

use std::fmt;
use std::time::Duration;

use crate::handler::CallbackError;
use crate::message::{BoxError, Escaped, StopReason};
use crate::shared::log_limit::{LOG_LIMIT, Line};

/// The return value of a service's callback: the service continues, sets its timeout, or stops. `()` is the same as
/// [`Continue`](Self::Continue).
///
/// ```
/// use std::time::Duration;
/// use ws_core::prelude::*;
///
/// #[service("/room")]
/// #[derive(Default)]
/// struct Room;
///
/// #[service]
/// impl Room {
///     #[incoming]
///     fn message(&mut self, member: &Member<Self>, text: Text) -> Control {
///         member.send(text);
///         Control::Timeout(Duration::from_secs(60))
///     }
///
///     #[timeout]
///     fn quiet(&mut self) -> Control {
///         Control::stop("no message for a minute")
///     }
/// }
/// ```
#[derive(Debug, Default)]
#[non_exhaustive]
pub enum Control {
    /// The service continues, with the same timeout as before. This is the default.
    #[default]
    Continue,
    /// From now on, `#[timeout]` is called each time the service receives no event for this long: no join, message,
    /// close, info or broadcast. It applies until a callback returns another `Timeout`, and also after a restart.
    /// [`Duration::MAX`] disables it, and a shorter one than 10 ms is one of 10 ms: a service that nothing
    /// happens to must not keep its thread busy. A new service has no timeout.
    Timeout(Duration),
    /// The service ends. Its members close with code 1001, and each gets its `#[close]`. Then `#[terminate]` receives
    /// this reason as [`Terminate::StopAs`](crate::Terminate::StopAs). From then on the service's routes answer with
    /// 503; for a service with a [key](super::Service#keys), the next client starts a new instance.
    Stop(Box<dyn StopReason>),
}

impl Control {
    /// Returns [`Stop`](Self::Stop) with this reason, which may be of any type that is `Debug`, `Display`, `Send`,
    /// `Sync` and `'static`.
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

/// A type that a callback of a service may return: `()`, [`Control`], or a `Result` of these.
///
/// An error of `#[incoming]` is passed to the service's `#[error]` for its type. Without one it is logged, and the
/// member's connection closes with code 1011, or with its own code if it is a [`Close`](crate::Close). `#[close]` then
/// receives it as [`Terminate::Failed`](crate::Terminate::Failed), with the name of the callback. An
/// [`ErrorReply`](crate::ErrorReply) is sent to the member. An error of another callback is about no member: it is logged,
/// and the service continues. The log has one line for each callback every 10 s.
#[diagnostic::on_unimplemented(
    message = "a callback of a service cannot return `{Self}`",
    label = "neither `()`, a `Control` nor a `Result` of these",
    note = "a service has many members, so it replies with `member.send(…)`",
    note = "return `()`, or a `Control`: `Control::Continue`, `Control::Timeout(after)`, `Control::stop(reason)`, or a `Result` of \
            these, with an error that implements `std::error::Error`"
)]
pub trait IntoControl {
    /// Converts the value to a [`Control`].
    fn into_control(self) -> Control;

    /// Converts the value to a [`Control`], or returns its error.
    ///
    /// # Errors
    /// The error of a `Result`. Other types have none.
    fn try_into_control(self) -> Result<Control, BoxError>
    where
        Self: Sized,
    {
        Ok(self.into_control())
    }
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

/// [`into_control`](IntoControl::into_control) logs an error.
impl<C: IntoControl, E: CallbackError> IntoControl for Result<C, E> {
    fn into_control(self) -> Control {
        log_error("", "", self.try_into_control())
    }

    fn try_into_control(self) -> Result<Control, BoxError> {
        self.map(C::into_control).map_err(Into::into)
    }
}

/// Logs the error that `callback` of `service` returned.
pub(crate) fn log_error(
    service: &'static str,
    callback: &'static str,
    returned: Result<Control, BoxError>,
) -> Control {
    returned.unwrap_or_else(|error| {
        if let Some(Line { suppressed }) = LOG_LIMIT.admit("error", service, callback) {
            tracing::error!(service, callback, suppressed, "callback returned an error: {}", Escaped(error));
        }
        Control::Continue
    })
}

impl fmt::Display for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Continue => f.write_str("continue"),
            Self::Timeout(after) => write!(f, "time out after {after:?}"),
            Self::Stop(reason) => write!(f, "stop: {}", Escaped(reason)),
        }
    }
}
