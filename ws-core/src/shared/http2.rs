//! The options of HTTP/2.

use std::time::Duration;

/// The options of HTTP/2, for [`App::http2`](crate::App::http2).
///
/// ```no_run
/// # use ws_core::{App, Http2, tls};
/// # fn f() -> ws_core::Result {
/// let tls = tls::from_files("cert.pem", "key.pem");
/// App::discover().tls(tls).http2(Http2::new().max_streams(200)).run("0.0.0.0:443")
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "the options do nothing unless you pass them to `App::http2`"]
pub struct Http2 {
    pub(crate) prior_knowledge: bool,
    pub(crate) max_streams: u32,
    pub(crate) window: u32,
    pub(crate) max_head_size: u32,
    pub(crate) max_resets: u32,
    pub(crate) ping: Option<Duration>,
}

impl Http2 {
    /// The largest flow-control window (RFC 9113 6.9.1).
    const LARGEST_WINDOW: u32 = (1 << 31) - 1;
    /// The window that every stream has before the client knows the settings (RFC 9113 6.5.2).
    const SMALLEST_WINDOW: u32 = (1 << 16) - 1;
    /// The shortest interval of pings.
    const SHORTEST: Duration = Duration::from_millis(10);

    /// The default options.
    pub const fn new() -> Self {
        Self {
            prior_knowledge: false,
            max_streams: 100,
            window: Self::SMALLEST_WINDOW,
            max_head_size: 16 << 10,
            max_resets: 100,
            ping: Some(Duration::from_secs(25)),
        }
    }

    /// Also accepts HTTP/2 without TLS, from clients that begin with it (prior knowledge, RFC 9113 3.3). Off by default.
    ///
    /// HTTP/1.1 stays available on the same port. Browsers speak HTTP/2 only over TLS; use this behind a proxy that
    /// speaks HTTP/2 to its back ends.
    pub const fn prior_knowledge(mut self, accepted: bool) -> Self {
        self.prior_knowledge = accepted;
        self
    }

    /// Sets how many streams a connection may have at a time: WebSockets and requests together. 100 by default.
    ///
    /// A client that needs more waits, or opens another connection. The limits on the connections of an
    /// address count each WebSocket.
    pub const fn max_streams(mut self, streams: u32) -> Self {
        self.max_streams = streams;
        self
    }

    /// Sets how many bytes a client may send on one stream before the server reads them (its flow-control window). 65,535
    /// by default, which is also the least.
    ///
    /// A larger window makes large messages faster on slow links: a stream transfers at most one window per round trip.
    /// The window of a connection has room for that of each of its [`max_streams`](Self::max_streams), so that a WebSocket
    /// that is not read, because its handler is slow or [paused](crate::Context::pause), never stops the others. This window
    /// times `max_streams` is the largest number of unread bytes of one connection. If they are those of tiny messages, the
    /// frames take up to 4 times as much memory, or 40 times one window; a connection that exceeds that is closed.
    pub const fn window(mut self, bytes: u32) -> Self {
        self.window = bytes;
        self
    }

    /// Sets the largest head of a request, in bytes as RFC 9113 6.5.2 counts them. 16 KiB by default. A larger one gets a
    /// 431 response.
    pub const fn max_head_size(mut self, bytes: u32) -> Self {
        self.max_head_size = bytes;
        self
    }

    /// Sets how many more requests a client may cancel than it lets finish, on one connection. 100 by default. Beyond
    /// that, the connection is dropped, with its WebSockets: a client that opens streams and resets them at once, or
    /// lets the server reset them, makes it work for nothing ("rapid reset", "made you reset"). As many streams may be reset
    /// before the server looks at them.
    pub const fn max_resets(mut self, requests: u32) -> Self {
        self.max_resets = requests;
        self
    }

    /// Sets the interval of HTTP/2 pings. 25 s by default; `None` disables them. A connection whose client does not
    /// answer one within 20 s is closed.
    pub fn ping(mut self, every: impl Into<Option<Duration>>) -> Self {
        self.ping = every.into();
        self
    }

    /// Returns the window of a connection.
    ///
    /// It is larger than those of all its streams together. h2 adds up how many bytes each unread frame is shorter than 256,
    /// and closes the connection if the sum exceeds half of this window. The smallest message of a client is a frame
    /// of 6 bytes, so a full stream can hold thousands of them.
    pub(crate) const fn connection_window(&self) -> u32 {
        // One stream may be full of the smallest frames, and all of them of frames of 64 bytes at the least.
        const ONE: u32 = 2 * 256 / 6;
        const ALL: u32 = 2 * 256 / 64;
        let streams = self.max_streams.saturating_mul(ALL);
        let window = self.window.saturating_mul(if streams > ONE { streams } else { ONE });
        if window < Self::LARGEST_WINDOW { window } else { Self::LARGEST_WINDOW }
    }

    /// Returns the error text if an option is out of range.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        let whole = u64::from(self.window) * u64::from(self.max_streams);
        if self.max_streams == 0 {
            Some("`Http2::max_streams` must be at least 1")
        } else if self.window < Self::SMALLEST_WINDOW {
            Some("`Http2::window` must be at least 65,535 bytes, which a client may send in any case")
        } else if whole > u64::from(Self::LARGEST_WINDOW) {
            Some(
                "`Http2::window` times `Http2::max_streams` is the window of a connection, and must be at most 2,147,483,647 \
                 bytes (RFC 9113 6.9.1)",
            )
        } else if self.max_head_size == 0 {
            Some("`Http2::max_head_size` must be at least 1")
        } else if self.max_resets == 0 {
            Some("`Http2::max_resets` must be at least 1")
        } else if self.ping.is_some_and(|every| every < Self::SHORTEST) {
            Some("`Http2::ping` must be at least 10 ms; use `None` to disable it")
        } else {
            None
        }
    }
}

impl Default for Http2 {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_of_a_connection_has_room_for_every_stream() {
        let options = Http2::new().max_streams(1000).window(1 << 20);
        assert_eq!((options.problem(), options.connection_window()), (None, Http2::LARGEST_WINDOW));
        assert_eq!(Http2::new().connection_window(), 800 * 65_535);
        assert_eq!(Http2::new().max_streams(1).connection_window(), 85 * 65_535);
        assert!(options.window(1 << 22).problem().unwrap().contains("2,147,483,647"));
        assert!(options.window(1 << 15).problem().unwrap().contains("65,535"));
    }
}
