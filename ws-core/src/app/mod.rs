//! The app: what a program sets before it serves.
//!
//! In reading order: [`app`] has the type and its setters, with its longer docs in `docs`; [`settings`] holds and checks
//! their values; and [`router`] builds the router. A [`task`] starts with the app, and so do its pages (`app_pages`).
//! [`beside`] shares the paths of handlers with the router beside them, and [`hosts`] checks `Host`. [`listen`] has the
//! places to listen at; `tls` configures TLS and the redirect to it, and `http2` HTTP/2. `App::serve`, `bind` and `run` are in `server`, the
//! layer above.

#[expect(clippy::module_inception, reason = "the file is named after its type")]
mod app;
#[cfg(feature = "pages")]
mod app_pages;
mod beside;
mod hosts;
#[cfg(feature = "http2")]
mod http2;
mod listen;
mod router;
mod settings;
mod task;
#[cfg(feature = "tls")]
mod tls;

pub use self::app::App;
pub(crate) use self::listen::At;
pub use self::listen::{IntoListen, Listen};
pub use self::task::TaskResult;
#[cfg(feature = "testing")]
pub(crate) use self::task::start_here;
