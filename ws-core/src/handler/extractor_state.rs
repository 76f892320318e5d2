//! The state that the extractors of a handler or service read.

use std::any::Any;

/// Names the state that the extractors of a handler or service read, where their types leave a choice.
///
/// `#[websocket("/path", state = Site)]` implements it for a handler with that route. Implement it by hand for a handler
/// that you only mount. See [`App::state`](crate::App::state).
///
/// ```
/// use ws_core::{ExtractorState, websocket};
///
/// #[derive(Clone)]
/// struct Site;
///
/// struct Inbox;
///
/// impl ExtractorState for Inbox {
///     type State = Site;
/// }
///
/// #[websocket]
/// impl Inbox {
///     #[init]
///     fn new(site: ws_core::State<Site>) -> Self {
///         Self
///     }
/// }
/// ```
pub trait ExtractorState {
    /// The state, which you give to [`App::state`](crate::App::state).
    type State: Any + Send + Sync;
}
