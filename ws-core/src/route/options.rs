//! The options of a route. They take precedence over the app's limits, which take precedence over the defaults.

use std::time::Duration;

use crate::handshake::origins::Origins;
use crate::protocol::Compression;
use crate::service::inbox_limits::{InboxLimits, InboxOverflow};
use crate::shared::heartbeat::Heartbeat;
use crate::shared::limits::{Limits, Overflow, with_limits};
use crate::shared::rate_limit::RateLimit;

macro_rules! declare_options {
    ($(
        $(#[$doc:meta])*
        $name:ident($argument:ident: $taken:ty) -> $stored:ty { $value:expr; default $default:expr, $text:literal }
    )*) => {
        /// The options of a route. Where one is `None`, the app's setting applies.
        #[derive(Clone, Copy, Debug, Default)]
        pub struct RouteOptions {
            $(pub(crate) $name: Option<$stored>,)*
            pub(crate) inbox: InboxOptions,
            pub(crate) per: Option<&'static str>,
            pub(crate) linger: Option<Duration>,
            pub(crate) subprotocols: &'static [&'static str],
            pub(crate) origins: Option<Origins>,
            pub(crate) compression: Option<Option<Compression>>,
        }

        /// For the route attribute, which is evaluated at compile time.
        #[allow(missing_docs, reason = "seen only by what the macro writes")]
        impl RouteOptions {
            #[must_use]
            pub const fn new() -> Self {
                Self {
                    $($name: None,)*
                    inbox: InboxOptions { messages: None, bytes: None, overflow: None },
                    per: None,
                    linger: None,
                    subprotocols: &[],
                    origins: None,
                    compression: None,
                }
            }

            $(
                #[must_use]
                pub const fn $name(mut self, $argument: $stored) -> Self {
                    self.$name = Some($argument);
                    self
                }
            )*

            #[must_use]
            pub const fn inbox_messages(mut self, messages: usize) -> Self {
                self.inbox.messages = Some(messages);
                self
            }

            #[must_use]
            pub const fn inbox_bytes(mut self, bytes: usize) -> Self {
                self.inbox.bytes = Some(bytes);
                self
            }

            #[must_use]
            pub const fn inbox_overflow(mut self, overflow: InboxOverflow) -> Self {
                self.inbox.overflow = Some(overflow);
                self
            }

            #[must_use]
            pub const fn per(mut self, parameter: &'static str) -> Self {
                self.per = Some(parameter);
                self
            }

            #[must_use]
            pub const fn linger(mut self, linger: Duration) -> Self {
                self.linger = Some(linger);
                self
            }

            #[must_use]
            pub const fn subprotocols(mut self, names: &'static [&'static str]) -> Self {
                self.subprotocols = names;
                self
            }

            #[must_use]
            pub const fn origins(mut self, origins: Origins) -> Self {
                self.origins = Some(origins);
                self
            }

            #[must_use]
            pub const fn compress(mut self, compression: Option<Compression>) -> Self {
                self.compression = Some(compression);
                self
            }

            /// Merges the options with the app's limits.
            pub(crate) fn over(&self, app: &Limits) -> Limits {
                Limits {
                    $($name: self.$name.unwrap_or(app.$name),)*
                }
            }
        }
    };
}
with_limits!(declare_options);

/// The inbox settings of a service's route.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct InboxOptions {
    pub(crate) messages: Option<usize>,
    pub(crate) bytes: Option<usize>,
    pub(crate) overflow: Option<InboxOverflow>,
}

impl InboxOptions {
    /// Returns the limits, with defaults, if any setting is present.
    pub(crate) fn limits(self) -> Option<InboxLimits> {
        let default = InboxLimits::default();
        (self != Self::default()).then(|| InboxLimits {
            messages: self.messages,
            bytes: self.bytes.unwrap_or(default.bytes),
            overflow: self.overflow.unwrap_or(default.overflow),
        })
    }
}
