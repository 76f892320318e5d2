//! The options of a route: those of its attribute or of [`Route`](super::Route), over those of the app, over the
//! defaults.

use std::time::Duration;

use crate::handshake::origin::Origins;
use crate::protocol::Compression;
use crate::service::limits::{InboxLimits, InboxOverflow};
use crate::shared::limits::{Limits, MailboxLimits, Overflow};

/// The settings of a route. The app's apply where one is `None`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RouteOptions {
    #[expect(clippy::option_option, reason = "left out, or `never`, or a duration")]
    pub(crate) idle_timeout: Option<Option<Duration>>,
    #[expect(clippy::option_option, reason = "left out, or `off`, or a duration")]
    pub(crate) heartbeat: Option<Option<Duration>>,
    pub(crate) max_message_size: Option<usize>,
    pub(crate) max_frame_size: Option<usize>,
    pub(crate) max_fragments: Option<usize>,
    #[expect(clippy::option_option, reason = "left out, or `never`, or a duration")]
    pub(crate) message_timeout: Option<Option<Duration>>,
    #[expect(clippy::option_option, reason = "left out, or `never`, or a duration")]
    pub(crate) write_timeout: Option<Option<Duration>>,
    pub(crate) close_timeout: Option<Duration>,
    pub(crate) mailbox_messages: Option<usize>,
    pub(crate) mailbox_bytes: Option<usize>,
    pub(crate) overflow: Option<Overflow>,
    pub(crate) inbox: InboxOptions,
    pub(crate) subprotocols: &'static [&'static str],
    pub(crate) origins: Option<Origins>,
    #[expect(clippy::option_option, reason = "left out, or `off`, or a setting")]
    pub(crate) compression: Option<Option<Compression>>,
}

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
            messages: self.messages.unwrap_or(default.messages),
            bytes: self.bytes.unwrap_or(default.bytes),
            overflow: self.overflow.unwrap_or(default.overflow),
        })
    }
}

impl RouteOptions {
    pub(crate) const NONE: Self = Self {
        idle_timeout: None,
        heartbeat: None,
        max_message_size: None,
        max_frame_size: None,
        max_fragments: None,
        message_timeout: None,
        write_timeout: None,
        close_timeout: None,
        mailbox_messages: None,
        mailbox_bytes: None,
        overflow: None,
        inbox: InboxOptions { messages: None, bytes: None, overflow: None },
        subprotocols: &[],
        origins: None,
        compression: None,
    };

    /// Merges the settings: the route's take precedence over the app's.
    pub(crate) fn over(&self, app: &Limits) -> Limits {
        Limits {
            idle_timeout: self.idle_timeout.unwrap_or(app.idle_timeout),
            heartbeat: self.heartbeat.unwrap_or(app.heartbeat),
            max_message_size: self.max_message_size.unwrap_or(app.max_message_size),
            max_frame_size: self.max_frame_size.unwrap_or(app.max_frame_size),
            max_fragments: self.max_fragments.unwrap_or(app.max_fragments),
            message_timeout: self.message_timeout.unwrap_or(app.message_timeout),
            write_timeout: self.write_timeout.unwrap_or(app.write_timeout),
            close_timeout: self.close_timeout.unwrap_or(app.close_timeout),
            mailbox: MailboxLimits {
                messages: self.mailbox_messages.unwrap_or(app.mailbox.messages),
                bytes: self.mailbox_bytes.unwrap_or(app.mailbox.bytes),
                overflow: self.overflow.unwrap_or(app.mailbox.overflow),
            },
        }
    }
}
