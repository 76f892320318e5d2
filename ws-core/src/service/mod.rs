//! Services: one actor for all connections of a route. One task owns its state, so that nothing has to be locked.
//!
//! [`#[service]`](macro@crate::service) turns a struct into a [`Service`]. Its connections are its [`Member`]s, its
//! callbacks return a [`Control`], and a [`ServiceHandle`] reaches it from the rest of the program.

// In reading order: the `service` trait and its infos (`service_info`), the return value of its callbacks (`control`)
// and its `member`s, whose connections may expire (`member_expiring`); the `actor_message`s and the bounded `inbox`
// (`inbox_state`, `capacity`, `inbox_limits`); its `address`, with the `settings` of its type, its `service_key` and
// how long it may `linger`; the `membership`, which is a member's side of a connection; the `actor`, with its
// `event_loop`, its `restarts` and its `shutdown`; an `incarnation` of the service, with its `service_context` for
// timers and work (`service_result`); and the `handle` for the rest of the program.

pub(crate) mod actor;
mod actor_message;
pub(crate) mod address;
mod capacity;
mod control;
mod event_loop;
mod handle;
mod inbox;
pub(crate) mod inbox_limits;
mod inbox_state;
mod incarnation;
mod linger;
mod member;
mod member_expiring;
pub(crate) mod membership;
mod restarts;
#[expect(clippy::module_inception, reason = "one type, one file")]
mod service;
mod service_context;
mod service_info;
mod service_key;
pub(crate) mod service_result;
mod settings;
mod shutdown;
mod time_limits;

pub(crate) use self::control::log_error;
pub use self::control::{Control, IntoControl};
pub use self::handle::ServiceHandle;
pub use self::inbox_limits::InboxOverflow;
pub use self::member::Member;
pub use self::member_expiring::MemberExpiring;
pub use self::service::Service;
pub use self::service_context::ServiceContext;
pub use self::service_info::ServiceInfo;
pub use self::service_key::ServiceKey;
pub use self::service_result::ServiceResult;
