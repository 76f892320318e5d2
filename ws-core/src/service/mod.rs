//! Services: one actor for all connections of a route. One task owns its state, so that nothing has to be locked.
//!
//! [`#[service]`](macro@crate::service) turns a struct into a [`Service`]. Its connections are its [`Member`]s, its callbacks
//! return a [`Control`], and a [`ServiceHandle`] reaches it from the rest of the program.

// In reading order: the `service` trait, the return value of its callbacks (`control`) and its `member`s; the `message`s
// of the actor, and its bounded `inbox` (`capacity`, `limits`); its `address`; the `membership`, which is a member's side
// of a connection; the `actor`, with its event loop (`serving`), its `restarts` and its `shutdown`; and the `handle` for
// the rest of the program.

pub(crate) mod actor;
pub(crate) mod address;
mod capacity;
mod control;
mod handle;
mod inbox;
pub(crate) mod limits;
mod member;
pub(crate) mod membership;
mod message;
mod restarts;
#[expect(clippy::module_inception, reason = "one type, one file")]
mod service;
mod serving;
mod shutdown;

pub use self::control::{Control, IntoControl};
pub use self::handle::ServiceHandle;
pub use self::limits::InboxOverflow;
pub use self::member::Member;
pub use self::service::{Service, ServiceInfo};
