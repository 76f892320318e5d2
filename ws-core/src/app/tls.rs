//! TLS, as the program configures it.

use super::App;
use crate::error::{Error, Result};
use crate::tls::{Acceptor, Config};

/// TLS, with the feature `tls`.
impl App {
    #[doc = include_str!("docs/tls.md")]
    pub fn tls(mut self, config: Config) -> Self {
        self.tls.push(config);
        self
    }

    /// Reads the certificate. Returns `None` for an app without TLS.
    pub(crate) fn start_tls(&mut self) -> Result<Option<Acceptor>> {
        let mut configs = self.tls.drain(..);
        let config = configs.next();
        if configs.next().is_some() {
            let twice = "`App::tls` was called twice, and an app has one TLS configuration; for several certificates, give \
                         `tls::from_rustls` a configuration with a resolver";
            return Err(Error::BadSetting(twice.to_owned()));
        }
        config.map(Acceptor::new).transpose().map_err(Error::Tls)
    }
}
