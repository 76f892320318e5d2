//! How messages are compressed where a client offers it.

/// permessage-deflate (RFC 7692): what a route or an app offers to compress with. Off unless it is set
/// ([`App::compress`](crate::App::compress), [`Route::compress`](crate::Route::compress), `compress` in the attribute,
/// [`Upgrade::set_compression`](crate::Upgrade::set_compression)).
///
/// By default no context is taken over: each message is compressed by itself, and an idle connection owns no
/// compression state. With takeover a message may refer to those before it, so small messages that resemble each other
/// shrink well; each connection then keeps states of its own: about 370 KiB once it has compressed a message
/// (245 KiB with the smallest window), 46 KiB once it has received a compressed one.
///
/// Do not compress where one message holds a secret and words of an attacker at once: the length tells how alike they
/// are (CRIME, BREACH).
///
#[cfg_attr(feature = "compression", doc = "```")]
#[cfg_attr(not(feature = "compression"), doc = "```compile_fail")]
/// use ws_core::prelude::*;
/// use ws_core::{Compression, Route};
///
/// #[derive(Default)]
/// struct Feed;
///
/// #[websocket]
/// impl Feed {}
///
/// let app = App::empty()
///     .compress(Compression::new())
///     .route(Route::new::<Feed>("/feed").compress(Compression::new().min(256).takeover(true).window_bits(12)))
///     .route(Route::new::<Feed>("/secrets").compress(None));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub struct Compression {
    pub(crate) min: usize,
    pub(crate) level: u8,
    pub(crate) server_takeover: bool,
    pub(crate) client_takeover: bool,
    pub(crate) server_window_bits: u8,
    pub(crate) client_window_bits: u8,
}

/// What this build of ws-core has.
#[derive(Debug)]
pub struct Build;

/// A build with the feature `compression`: compressing is off by default, and its library is a good part of what a
/// small server takes to build.
#[diagnostic::on_unimplemented(
    message = "compression needs the feature `compression` of ws-core",
    label = "this build of ws-core cannot compress",
    note = "run `cargo add ws-core --features compression`, or write `features = [\"compression\"]` beside ws-core in \
            `Cargo.toml`"
)]
pub trait CanCompress {}

#[cfg(feature = "compression")]
impl CanCompress for Build {}

// With a lifetime, the bound is asked where a `Compression` is made, and not here.
impl Default for Compression
where
    for<'made> Build: CanCompress,
{
    fn default() -> Self {
        Self::new()
    }
}

impl Compression {
    /// Messages from 1 KiB up, at level 6, without context takeover, with windows of 2^15 bytes. Needs the feature
    /// `compression`.
    pub const fn new() -> Self
    where
        for<'made> Build: CanCompress,
    {
        Self {
            min: 1 << 10,
            level: 6,
            server_takeover: false,
            client_takeover: false,
            server_window_bits: 15,
            client_window_bits: 15,
        }
    }

    /// The smallest message that the server compresses, in bytes. 1 KiB by default: a smaller one fits a packet as it
    /// is.
    pub const fn min(mut self, bytes: usize) -> Self {
        self.min = bytes;
        self
    }

    /// How hard the server tries, from 0 (not at all) and 1 (fast) to 9 (small). 6 by default.
    pub const fn level(mut self, level: u8) -> Self {
        self.level = level;
        self
    }

    /// Whether either side may refer to its earlier messages. `false` by default.
    pub const fn takeover(self, takeover: bool) -> Self {
        self.server_takeover(takeover).client_takeover(takeover)
    }

    /// Whether the server may refer to its earlier messages, where the client does not forbid it
    /// (`server_no_context_takeover`, RFC 7692 7.1.1.1).
    pub const fn server_takeover(mut self, takeover: bool) -> Self {
        self.server_takeover = takeover;
        self
    }

    /// Whether the client may refer to its earlier messages (`client_no_context_takeover`, RFC 7692 7.1.1.2).
    pub const fn client_takeover(mut self, takeover: bool) -> Self {
        self.client_takeover = takeover;
        self
    }

    /// How far back either side may refer, as the base-2 logarithm of bytes: 9 to 15. 15 by default. A client may ask
    /// for less.
    pub const fn window_bits(self, bits: u8) -> Self {
        self.server_window_bits(bits).client_window_bits(bits)
    }

    /// How far back the server may refer (`server_max_window_bits`, RFC 7692 7.1.2.1).
    pub const fn server_window_bits(mut self, bits: u8) -> Self {
        self.server_window_bits = bits;
        self
    }

    /// How far back the client may refer (`client_max_window_bits`, RFC 7692 7.1.2.2), if it offers to be told. It is the
    /// client that saves memory by it: the server needs the same for any window.
    pub const fn client_window_bits(mut self, bits: u8) -> Self {
        self.client_window_bits = bits;
        self
    }

    /// Why this cannot be meant, if it cannot.
    pub(crate) const fn problem(&self) -> Option<&'static str> {
        if self.level > 9 {
            Some("a compression level is 0 to 9")
        } else if !is_window(self.server_window_bits) || !is_window(self.client_window_bits) {
            Some("window bits of compression are 9 to 15")
        } else {
            None
        }
    }

    /// The nearest that can be meant.
    pub(crate) fn clamped(self) -> Self {
        Self {
            level: self.level.min(9),
            server_window_bits: self.server_window_bits.clamp(9, 15),
            client_window_bits: self.client_window_bits.clamp(9, 15),
            ..self
        }
    }
}

const fn is_window(bits: u8) -> bool {
    9 <= bits && bits <= 15
}

#[cfg(all(test, feature = "compression"))]
mod tests {
    use super::*;

    #[test]
    fn what_zlib_cannot_do_is_a_problem_or_clamped() {
        assert_eq!(Compression::new().problem(), None);
        for bad in [
            Compression::new().level(10),
            Compression::new().window_bits(8),
            Compression::new().server_window_bits(16),
            Compression::new().client_window_bits(0),
        ] {
            assert!(bad.problem().is_some(), "{bad:?}");
            assert_eq!(bad.clamped().problem(), None, "{bad:?}");
        }
    }
}
