//! Routes: a handler or service at a path. In reading order: the [`route`](mod@route), with its [`options`], its
//! [`source_location`], the [`kind`] that stands for its handler's type, and the [`alternative`] handlers; [`linked`] has
//! the routes that the macros register at link time, [`table`] validates and lists them, and [`endpoint`] answers their
//! requests, for the client that [`client_of`](mod@client_of) finds behind one.

mod alternative;
mod client_of;
pub(crate) mod endpoint;
mod kind;
pub(crate) mod linked;
pub(crate) mod options;
#[expect(clippy::module_inception, reason = "the file is named after its type")]
mod route;
mod source_location;
pub(crate) mod table;

pub use self::alternative::RouteRequest;
#[cfg(feature = "pages")]
pub(crate) use self::client_of::client_of;
pub(crate) use self::kind::Kind;
pub use self::route::Route;
#[cfg(feature = "pages")]
pub(crate) use self::source_location::SourceLocation;
pub use self::table::Routes;
