//! From the reason to the close frame (C13).

use crate::close::{Close, CloseCode, Reason};
use crate::terminate::Terminate;

/// The close frame that this end sends, where it is the one to speak.
pub(super) fn close_frame(reason: &Terminate) -> Option<Close> {
    let (code, words) = match reason {
        Terminate::Stop(close) => return Some(close.clone()),
        // The client's own frame has been echoed; a stream that is gone hears nothing.
        Terminate::Remote(_)
        | Terminate::Lost
        | Terminate::Io(_)
        | Terminate::Abandoned
        | Terminate::Aborted => {
            return None;
        }
        Terminate::StopAs(_) => (CloseCode::NORMAL, Reason::default()),
        Terminate::Timeout => (CloseCode::GOING_AWAY, "idle for too long".into()),
        Terminate::Drained => (CloseCode::GOING_AWAY, "the server is going down".into()),
        // Nothing of a fault inside goes on the wire.
        Terminate::Panic(_) | Terminate::Failed(_) => (CloseCode::INTERNAL, Reason::default()),
        Terminate::BadEncoding(what) => (CloseCode::INVALID_DATA, Reason::truncated(what)),
        Terminate::BadFrame(what) => (CloseCode::PROTOCOL, Reason::truncated(what)),
        Terminate::BadSize { .. } => (CloseCode::TOO_BIG, Reason::truncated(&reason.to_string())),
        Terminate::Policy(what) => (CloseCode::POLICY, Reason::truncated(what)),
        Terminate::Overflow => (CloseCode::TRY_AGAIN, "too much was waiting for this connection".into()),
    };
    Some(Close::new(code, words))
}

/// Whether what was said before goes out first: this side ends it, and nothing is broken; or the client has ended its half
/// of the stream, and may still take it.
pub(super) const fn is_orderly(reason: &Terminate) -> bool {
    matches!(
        reason,
        Terminate::Stop(_)
            | Terminate::StopAs(_)
            | Terminate::Failed(_)
            | Terminate::Drained
            | Terminate::Lost
    )
}
