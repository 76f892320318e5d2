//! Where each handler is mounted, for urls.

use std::any::TypeId;
use std::fmt::Display;

use crate::error::UrlError;
use crate::pattern::Pattern;

/// One mounted route.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) handler: TypeId,
    pub(crate) type_name: &'static str,
    pub(crate) name: Option<String>,
    /// The whole path, base url included.
    pub(crate) pattern: Pattern,
}

#[derive(Debug, Default)]
pub(crate) struct Directory(pub(crate) Vec<Site>);

impl Directory {
    /// The url of the route with this name.
    pub(crate) fn by_name(&self, name: &str, params: &[(&str, &dyn Display)]) -> Result<String, UrlError> {
        let Some(site) = self.0.iter().find(|site| site.name.as_deref() == Some(name)) else {
            let names = self.0.iter().filter_map(|site| site.name.clone()).collect();
            return Err(UrlError::UnknownName { name: name.to_owned(), names });
        };
        site.pattern.url(params)
    }

    /// The url of the one route of this handler.
    pub(crate) fn by_type(
        &self,
        handler: TypeId,
        type_name: &'static str,
        params: &[(&str, &dyn Display)],
    ) -> Result<String, UrlError> {
        let mut sites = self.0.iter().filter(|site| site.handler == handler);
        match (sites.next(), sites.next()) {
            (Some(site), None) => site.pattern.url(params),
            (None, _) => Err(UrlError::NotMounted { handler: type_name }),
            (Some(first), Some(second)) => Err(UrlError::Ambiguous {
                handler: first.type_name,
                paths: [first, second]
                    .into_iter()
                    .chain(sites)
                    .map(|site| site.pattern.as_str().to_owned())
                    .collect(),
            }),
        }
    }
}
