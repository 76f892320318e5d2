//! The origins and hosts that an app serves.

use super::App;
use crate::handshake::origins::{IntoOrigins, OriginList};

/// The origins and hosts that the app serves.
impl App {
    /// Adds a URL under which browsers reach the app, as in `"https://example.com"`. Pages of that origin may connect
    /// even if a proxy rewrites `Host`. You can call it several times.
    pub fn public_url(mut self, url: impl Into<String>) -> Self {
        self.public.push(url.into());
        self
    }

    /// Sets the origins that may connect to every route: [`Origins`](crate::Origins), or a list of text, which may come
    /// from your configuration. [`Origins::Same`](crate::Origins::Same) by default. A route's own setting takes
    /// precedence.
    ///
    /// ```
    /// # use ws_core::App;
    /// let origins = std::env::var("ORIGINS").unwrap_or_default();
    /// let app = App::discover().origins(origins.split(',').filter(|origin| !origin.is_empty()));
    /// ```
    ///
    /// Invalid text is an error at startup ([`Error::BadSetting`](crate::Error::BadSetting)).
    pub fn origins(mut self, origins: impl IntoOrigins) -> Self {
        self.origins = OriginList::of(origins);
        self
    }

    /// Serves only requests for these hosts: `"example.com"`, `"example.com:8080"` or `"*.example.com"`. Others get a 421
    /// response, those for the router given to [`fallback`](Self::fallback) included. A second call adds to the first.
    ///
    /// This protects a server in a private network, or on a developer's machine, from DNS rebinding: the page of an
    /// attacker's host whose name then resolves to the address of your server. Its browser sends the attacker's host in
    /// `Host`, so the page is of the same origin.
    ///
    /// By default every host is served, but an app that [`run`](Self::run), [`serve`](Self::serve) or
    /// [`bind`](Self::bind) starts on a loopback address does not consider a page to be of the same origin if its host
    /// is a public name with the port of the listener, unless a proxy passed the request. `hosts(["*"])` serves every
    /// host and disables that check.
    ///
    /// ```
    /// # use ws_core::App;
    /// let app = App::discover().hosts(["localhost", "127.0.0.1", "[::1]", "*.example.com"]);
    /// ```
    ///
    /// Invalid text is an error at startup ([`Error::BadSetting`](crate::Error::BadSetting)).
    pub fn hosts(mut self, hosts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.hosts.get_or_insert_default().extend(hosts.into_iter().map(Into::into));
        self
    }
}
