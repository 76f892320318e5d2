//! The routes of an app, to build their URLs.

use std::any::TypeId;
use std::fmt::Display;

use crate::error::UrlError;
use crate::shared::pattern::Pattern;

/// One mounted route.
#[derive(Debug)]
pub(crate) struct RouteEntry {
    pub(crate) handler: TypeId,
    pub(crate) type_name: &'static str,
    pub(crate) name: Option<String>,
    /// The whole path, including the base URL.
    pub(crate) pattern: Pattern,
}

#[derive(Debug, Default)]
pub(crate) struct UrlResolver(pub(crate) Vec<RouteEntry>);

impl UrlResolver {
    /// Returns the URL of the route with this name.
    pub(crate) fn by_name(&self, name: &str, params: &[(&str, &dyn Display)]) -> Result<String, UrlError> {
        let Some(entry) = self.0.iter().find(|entry| entry.name.as_deref() == Some(name)) else {
            let names = self.0.iter().filter_map(|entry| entry.name.clone()).collect();
            return Err(UrlError::UnknownName { name: name.to_owned(), names });
        };
        entry.pattern.url(params)
    }

    /// Returns the URL of the only route of this handler.
    pub(crate) fn by_type(
        &self,
        handler: TypeId,
        type_name: &'static str,
        params: &[(&str, &dyn Display)],
    ) -> Result<String, UrlError> {
        let mut entries = self.0.iter().filter(|entry| entry.handler == handler);
        match (entries.next(), entries.next()) {
            (Some(entry), None) => entry.pattern.url(params),
            (None, _) => Err(UrlError::NotMounted { handler: type_name }),
            (Some(first), Some(second)) => Err(UrlError::Ambiguous {
                handler: first.type_name,
                paths: [first, second]
                    .into_iter()
                    .chain(entries)
                    .map(|entry| entry.pattern.as_str().to_owned())
                    .collect(),
            }),
        }
    }
}
