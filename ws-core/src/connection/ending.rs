//! The close frame of each ending.

use crate::message::Terminate;
use crate::message::{Close, CloseCode, Reason};

/// The close frame that the server sends. `None`: it sends none, or echoes the client's.
pub(super) fn close_frame(reason: &Terminate) -> Option<Close> {
    let (code, words) = match reason {
        Terminate::Stop(close) | Terminate::Expired(close) => return Some(close.clone()),
        // The client's own frame was echoed, or the stream is gone.
        Terminate::Remote(_)
        | Terminate::Lost
        | Terminate::Io(_)
        | Terminate::Abandoned
        | Terminate::Aborted => {
            return None;
        }
        Terminate::StopAs(_) => (CloseCode::NORMAL, Reason::default()),
        Terminate::Timeout => (CloseCode::GOING_AWAY, "idle timeout".into()),
        Terminate::Drained => (CloseCode::GOING_AWAY, "the server is shutting down".into()),
        // Details of an internal error are not sent to the client.
        Terminate::Panic(_) | Terminate::Failed(_) => (CloseCode::INTERNAL, Reason::default()),
        Terminate::BadEncoding(what) => (CloseCode::INVALID_DATA, Reason::truncated(what)),
        Terminate::BadFrame(what) => (CloseCode::PROTOCOL, Reason::truncated(what)),
        Terminate::BadSize { .. } => (CloseCode::TOO_BIG, Reason::truncated(&reason.to_string())),
        Terminate::Policy(what) => (CloseCode::POLICY, Reason::truncated(what)),
        Terminate::Overflow => (CloseCode::TRY_AGAIN, "the message queue is full".into()),
    };
    Some(Close::new(code, words))
}

/// Whether messages that are already queued are written before the close frame: the server closes and the connection is
/// intact, or the client has ended its half of the stream and may still read.
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

/// Whether a callback that is pending finishes first: the client or the server closed the connection, and it is intact.
pub(crate) const fn lets_callback_finish(reason: &Terminate) -> bool {
    matches!(reason, Terminate::Stop(_) | Terminate::Remote(_) | Terminate::Expired(_))
}
