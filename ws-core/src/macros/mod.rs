//! The traits behind `#[websocket]` and `#[service]`: which types a callback may take and return.
//!
//! You never write these names. The compiler does, when a type does not fit:
//!
//! ```text
//! error[E0277]: `#[init]` cannot take `Db` from the request
//! help: the trait `InitArgument` is not implemented for `Db`
//! ```
//!
//! The page of each trait lists the types that fit. The macros' code calls the hidden methods, which change without
//! notice. To teach a callback a type of your own, implement one of the open traits:
//!
//! | for | implement |
//! |---|---|
//! | a payload | [`FromText`](crate::FromText), [`FromBinary`](crate::FromBinary) |
//! | a reply | [`IntoReply`](crate::IntoReply) |
//! | an error of a callback | [`std::error::Error`] |
//! | a value from the request | axum's `FromRequestParts` |
//! | a response that rejects a client | axum's `IntoResponse` |

// In reading order: `init` and `service_init` create a handler or a service, `join` accepts a client, with the values
// (`request`) that `extract` takes from the request and the states that `probe` finds for them; `context` has the
// arguments of one type, `incoming` and `stream` take the client's messages, `event`, `envelope` and `error` the events
// and the errors, and `reason` is why it left. `stray` reports the markers that no attribute has read.

mod context;
mod envelope;
mod error;
mod event;
mod extract;
mod incoming;
mod init;
mod join;
#[cfg(feature = "pages")]
mod page_message;
mod probe;
mod reason;
mod request;
mod service_init;
mod stray;
mod stream;

pub use self::context::{ContextArgument, OutgoingArgument};
pub use self::envelope::ReceivesEvents;
#[doc(hidden)]
pub use self::envelope::{EnvelopeFor, OfEvents, OfHandlerOnly, OfServiceOnly, envelopes};
pub use self::error::PassedToErrorCallbacks;
#[doc(hidden)]
pub use self::error::{ErrorArgument, NoClose, choose_error};
pub use self::event::{
    AnswerControl, AnswerControlOrError, AnswerControlResult, AnswerOrError, AnswerResult, AnswerValue,
    MessageReturn,
};
#[doc(hidden)]
pub use self::event::{
    AnswerTo, BadEventsOf, BadPayloadsOf, DefaultEnvelope, Events, EventsOf, NotReceived, Returned,
    ReturnsControl, ReturnsControlOrError, ReturnsKept, ReturnsSent, ReturnsValue, answer_problem, events,
    fail_event, fail_member_event, reply_to_event,
};
#[doc(hidden)]
pub use self::extract::Nothing;
pub use self::extract::{NoExtractor, Source};
pub use self::incoming::*;
pub use self::init::{InitOrDefault, InitReturn, UpgradeArgument};
pub use self::join::{IsNoResult, Joined};
pub use self::join::{
    JoinRejection, JoinResult, JoinReturn, KeptByGenericService, MemberArgument, RejoinReturn,
};
#[cfg(feature = "pages")]
pub use self::page_message::PageArgument;
pub use self::probe::ReadsOneState;
#[doc(hidden)]
pub use self::probe::{Probe, never, sources};
pub use self::reason::{CloseArgument, TerminateArgument, TerminateReturn};
pub use self::request::{InitArgument, JoinArgument, StateArgument};
pub use self::service_init::{ServiceInitArgument, ServiceInitReturn};
pub use self::stray::{InsideMarkedImpl, InsideServiceImpl, InsideWebsocketImpl};
#[doc(hidden)]
pub use self::stray::{OfAny, OfHandler, OfRouted, OfService, Routed, Stray, strays};
pub use self::stream::StreamArgument;
pub use crate::handler::{Delivered, OfAnyType, OfType};
pub use crate::route::linked::LinkedRoute;
pub use crate::service::service_result::Delivered as DeliveredToService;

/// Its name cannot be written outside of this module, so a trait with a constant of this type cannot be implemented
/// there.
mod sealed {
    #[derive(Debug)]
    pub struct Sealed;
}
