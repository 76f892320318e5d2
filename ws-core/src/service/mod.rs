//! Services: one actor for all its connections, its state owned by one task and never locked (B2). In reading order: the
//! contract under the macro, what its callbacks return, who its members are, the bounded inbox, the seat that a member's
//! connection has, the actor, how often it may restart, and the handle for the rest of the program.

pub(crate) mod actor;
mod contract;
mod control;
mod handle;
pub(crate) mod inbox;
mod letter;
mod member;
mod parting;
pub(crate) mod post;
mod restarts;
mod room;
pub(crate) mod seat;
mod serving;

pub use crate::limits::{InboxLimits, InboxOverflow};

pub use self::contract::{Service, ServiceInfo};
pub use self::control::{Control, IntoControl};
pub use self::handle::ServiceHandle;
pub use self::member::Member;
