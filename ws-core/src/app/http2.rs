//! HTTP/2, as the program configures it.

use super::App;
use crate::shared::http2::Http2;

/// HTTP/2, with the feature `http2`.
impl App {
    #[doc = include_str!("docs/http2.md")]
    pub fn http2(mut self, options: impl Into<Option<Http2>>) -> Self {
        self.settings.total_limits.http2 = options.into();
        self
    }
}
