//! The page that a client names in its query.

use http::Uri;

use super::PageId;

/// The page that a client asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) page: PageId,
    /// The run of the script, which a duplicated tab does not share.
    pub(crate) view: PageId,
}

/// The query names a page in a wrong way.
#[derive(Debug)]
pub(crate) struct Malformed;

impl Asked {
    /// Reads the parameters `page` and `view`: two ids, or neither. Ids have no characters that are escaped.
    pub(crate) fn of(uri: &Uri) -> Result<Option<Self>, Malformed> {
        let find = |name: &str| {
            let mut pairs =
                uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(known, _)| *known == name).map(|(_, value)| PageId::parse(value).ok_or(Malformed))
        };
        match (find("page"), find("view")) {
            (None, None) => Ok(None),
            (Some(page), Some(view)) => Ok(Some(Self { page: page?, view: view? })),
            _ => Err(Malformed),
        }
    }
}
