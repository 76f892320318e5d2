//! The origins that a route or an app allows, as the program states them.

use std::borrow::Cow;

use super::origin::Origin;

/// The origins that may connect, as clients send them in `Origin` (RFC 6455 10.2). Clients that send no origin are
/// always accepted.
///
/// For a list that is only known at run time, pass a `Vec<String>` or any other list of text to
/// [`Route::origins`](crate::Route::origins) or [`App::origins`](crate::App::origins).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origins {
    /// The server's own origin, and those of [`App::public_url`](crate::App::public_url). The default.
    Same,
    /// The same, and the origins in this list: `"https://example.com"`, `"https://*.example.com"` for all subdomains,
    /// or the origin of an app or extension, such as `"capacitor://localhost"` or `"chrome-extension://…"`.
    ///
    /// `"null"` is the origin of local files and of sandboxed frames. Any page can embed such a frame, so it allows
    /// nearly as much as [`Any`](Self::Any).
    These(&'static [&'static str]),
    /// Every origin.
    Any,
}

/// The origins that a route or an app allows: [`Origins`], or a list of text, such as a `Vec<String>` or
/// `["https://example.com"]`.
///
/// A list means the same as [`Origins::These`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of origins",
    note = "pass `Origins::Any`, `Origins::Same`, or a list of strings, such as `[\"https://example.com\"]`"
)]
pub trait IntoOrigins: sealed::IntoOrigins {}

mod sealed {
    use super::OriginList;

    pub trait IntoOrigins {
        #[doc(hidden)]
        fn into_origins(self) -> OriginList;
    }
}

/// The origins that a route or an app allows, as text. `None`: every origin.
#[derive(Clone, Debug)]
pub struct OriginList(Option<Vec<Cow<'static, str>>>);

impl IntoOrigins for Origins {}
impl sealed::IntoOrigins for Origins {
    fn into_origins(self) -> OriginList {
        OriginList(match self {
            Self::Same => Some(Vec::new()),
            Self::These(list) => Some(list.iter().copied().map(Cow::Borrowed).collect()),
            Self::Any => None,
        })
    }
}

impl<L> IntoOrigins for L where L: IntoIterator<Item: AsRef<str>> {}
impl<L> sealed::IntoOrigins for L
where
    L: IntoIterator<Item: AsRef<str>>,
{
    fn into_origins(self) -> OriginList {
        OriginList(Some(self.into_iter().map(|origin| Cow::Owned(origin.as_ref().to_owned())).collect()))
    }
}

impl Default for OriginList {
    fn default() -> Self {
        Self(Some(Vec::new()))
    }
}

impl OriginList {
    pub(crate) fn of(origins: impl IntoOrigins) -> Self {
        origins.into_origins()
    }

    /// Parses the list. Returns the problem of the first origin that is invalid.
    pub(crate) fn parse(&self) -> Result<Allowed, String> {
        match &self.0 {
            Some(list) => {
                list.iter().map(|origin| Origin::listed(origin)).collect::<Result<_, _>>().map(Allowed::These)
            }
            None => Ok(Allowed::Any),
        }
    }
}

/// The origins that a route allows in addition to the server's own.
#[derive(Clone, Debug)]
pub(crate) enum Allowed {
    Any,
    These(Vec<Origin>),
}
