//! Settings of message compression.

/// Settings of permessage-deflate (RFC 7692), for [`App::compress`](crate::App::compress),
/// [`Route::compress`](crate::Route::compress), `compress` in the attribute, or
/// [`Upgrade::set_compression`](crate::Upgrade::set_compression). Compression is disabled unless you set it, and is
/// used only with clients that offer it.
///
/// By default there is no context takeover: each message is compressed on its own, and an idle connection holds no
/// compression state. With context takeover a message can refer to earlier ones, so small messages that are similar
/// compress well. Each connection then keeps its own state: about 370 KiB once it has compressed a message (245 KiB
/// with the smallest window), and 46 KiB once it has received a compressed one.
///
/// Do not compress messages that contain both a secret and text chosen by an attacker: their length reveals how similar
/// the two are (CRIME, BREACH).
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
/// let app = App::new()
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

/// The features of this build of ws-core.
#[derive(Debug)]
pub struct Build;

/// Implemented if the feature `compression` is enabled. It is disabled by default, because its library takes a good
/// part of a small server's build time.
#[diagnostic::on_unimplemented(
    message = "compression needs the feature `compression` of ws-core",
    label = "this build of ws-core cannot compress",
    note = "run `cargo add ws-core --features compression`, or add `features = [\"compression\"]` to ws-core in \
            `Cargo.toml`"
)]
pub trait CanCompress {}

#[cfg(feature = "compression")]
impl CanCompress for Build {}

// With a lifetime in it, the compiler checks the bound where a `Compression` is created, and not here.
impl Default for Compression
where
    for<'made> Build: CanCompress,
{
    fn default() -> Self {
        Self::new()
    }
}

impl Compression {
    /// The default settings, whether or not this build can compress.
    pub(crate) const DEFAULT: Self = Self {
        min: 1 << 10,
        level: 4,
        server_takeover: false,
        client_takeover: false,
        server_window_bits: 15,
        client_window_bits: 15,
    };

    /// Creates the default settings: messages of 1 KiB or more, level 4, no context takeover, windows of 2^15 bytes.
    /// Requires the feature `compression`.
    pub const fn new() -> Self
    where
        for<'made> Build: CanCompress,
    {
        Self::DEFAULT
    }

    /// Sets the smallest message that the server compresses, in bytes. 1 KiB by default: a smaller message fits into
    /// one packet without compression.
    pub const fn min(mut self, bytes: usize) -> Self {
        self.min = bytes;
        self
    }

    /// Sets the compression level of the server, from 0 (none) and 1 (fastest) to 9 (smallest). 4 by default. A higher
    /// value is an error at startup; [`Upgrade::set_compression`](crate::Upgrade::set_compression) clamps it.
    pub const fn level(mut self, level: u8) -> Self {
        self.level = level;
        self
    }

    /// Sets whether both sides may refer to their earlier messages (context takeover). `false` by default.
    pub const fn takeover(self, takeover: bool) -> Self {
        self.server_takeover(takeover).client_takeover(takeover)
    }

    /// Sets whether the server may refer to its earlier messages, unless the client forbids it
    /// (`server_no_context_takeover`, RFC 7692 7.1.1.1). `false` by default.
    pub const fn server_takeover(mut self, takeover: bool) -> Self {
        self.server_takeover = takeover;
        self
    }

    /// Sets whether the client may refer to its earlier messages (`client_no_context_takeover`, RFC 7692 7.1.1.2).
    /// `false` by default.
    ///
    /// Tornado's client and libwebsockets 4.1 refer to earlier messages even if they must not, and fail with 1007 unless
    /// this is `true`.
    pub const fn client_takeover(mut self, takeover: bool) -> Self {
        self.client_takeover = takeover;
        self
    }

    /// Sets the window of both sides, how far back a message may refer, as the base-2 logarithm of bytes: 9 to 15, 15
    /// by default. A client may ask for a smaller one. Other values are an error at startup;
    /// [`Upgrade::set_compression`](crate::Upgrade::set_compression) clamps them.
    pub const fn window_bits(self, bits: u8) -> Self {
        self.server_window_bits(bits).client_window_bits(bits)
    }

    /// Sets the server's window, as [`window_bits`](Self::window_bits) (`server_max_window_bits`, RFC 7692 7.1.2.1).
    pub const fn server_window_bits(mut self, bits: u8) -> Self {
        self.server_window_bits = bits;
        self
    }

    /// Sets the client's window, as [`window_bits`](Self::window_bits), if the client supports that
    /// (`client_max_window_bits`, RFC 7692 7.1.2.2). This saves memory on the client only: the server needs the same
    /// for any window.
    pub const fn client_window_bits(mut self, bits: u8) -> Self {
        self.client_window_bits = bits;
        self
    }

    /// Returns the error text if a setting is out of range.
    pub(crate) const fn problem(&self) -> Option<&'static str> {
        if self.level > 9 {
            Some("the compression level must be between 0 and 9")
        } else if !is_window(self.server_window_bits) || !is_window(self.client_window_bits) {
            Some("the compression window bits must be between 9 and 15")
        } else {
            None
        }
    }

    /// Clamps the settings to their ranges.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_zlib_does_not_support_are_a_problem_or_clamped() {
        assert_eq!(Compression::DEFAULT.problem(), None);
        for bad in [
            Compression::DEFAULT.level(10),
            Compression::DEFAULT.window_bits(8),
            Compression::DEFAULT.server_window_bits(16),
            Compression::DEFAULT.client_window_bits(0),
        ] {
            assert!(bad.problem().is_some(), "{bad:?}");
            assert_eq!(bad.clamped().problem(), None, "{bad:?}");
        }
    }
}
