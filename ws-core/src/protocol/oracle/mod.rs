//! Compares the decoder with tungstenite's on the same bytes of a client, for tests and the fuzzer. In reading order:
//! [`ours`], [`theirs`], and in this file the differences that are allowed.

mod ours;
mod theirs;

#[cfg(test)]
pub(crate) use self::ours::written;
pub(crate) use self::ours::{End, Received, Splits, receive};
use self::theirs::TheirEnd;
#[cfg(test)]
pub(crate) use self::theirs::read_by_client;
use super::decoder::FrameLimits;
use super::deflate::Negotiated;
use super::error::ProtocolError;
use crate::message::Terminate;

/// Compares the messages that the protocol core and tungstenite receive from `bytes`, and their answers. Returns the
/// result of the core.
///
/// # Panics
/// Panics if they differ where they must not, or if the result depends on `splits`.
pub(crate) fn compare(bytes: &[u8], splits: Splits<'_>, limits: &FrameLimits) -> Received {
    let ours = receive_twice(bytes, splits, limits, None);
    // The core accepts a close frame without a mask, and no other frame.
    let strict = ours.end == End::Failed(ProtocolError::Unmasked);
    let theirs = theirs::receive(bytes, limits, strict);
    if ours.end == End::Open || theirs.end != TheirEnd::Open {
        agree(&ours, &theirs);
    } else {
        // The core fails as early as it can, but tungstenite only after the whole frame. The padding completes the
        // largest frame, and adds one without a mask behind it.
        let padded = [bytes, &vec![0; limits.frame + 16]].concat();
        let late = receive(&padded, splits, limits, None);
        assert_eq!(ours, late, "bytes after the end of a connection change nothing");
        agree(&ours, &theirs::receive(&padded, limits, strict));
    }
    ours
}

/// Receives `bytes` at once, in pieces, and in pieces with messages that are delivered in parts.
///
/// # Panics
/// Panics if the results differ.
pub(crate) fn receive_twice(
    bytes: &[u8],
    splits: Splits<'_>,
    limits: &FrameLimits,
    negotiated: Option<Negotiated>,
) -> Received {
    let whole = receive(bytes, Splits::WHOLE, limits, negotiated);
    let split = receive(bytes, splits, limits, negotiated);
    assert_eq!(whole, split, "whole, and split");
    for splits in [splits, Splits::WHOLE] {
        let parts = ours::receive_parts(bytes, splits, limits, negotiated);
        assert_eq!(whole, parts, "whole, and in parts");
    }
    whole
}

fn agree(ours: &Received, theirs: &theirs::Received) {
    let is_same = match (&ours.end, &theirs.end) {
        // tungstenite accepts a length in more bytes than it needs, even that of a control frame, and continues.
        (
            End::Failed(
                ProtocolError::LengthNotMinimal | ProtocolError::LengthTopBit | ProtocolError::ControlTooLong,
            ),
            _,
        ) => {
            assert!(theirs.messages.starts_with(&ours.messages), "{ours:?}\n{theirs:?}");
            assert!(theirs.answers.starts_with(&ours.answers), "{ours:?}\n{theirs:?}");
            return;
        }
        // tungstenite answers a close code that may not be sent with 1002, and checks the reason first.
        (End::Failed(ProtocolError::CloseCode(_)), end) => {
            *end == violation() || *end == TheirEnd::InvalidUtf8
        }
        // tungstenite does not know this code, which was registered after RFC 6455.
        (End::Closed(Some(close)), end) if u16::from(close.code()) == 1014 && *end == violation() => {
            assert_eq!(ours.messages, theirs.messages);
            return;
        }
        (End::Closed(None), TheirEnd::Closed(None)) | (End::Open, TheirEnd::Open) => true,
        (End::Closed(Some(close)), TheirEnd::Closed(Some((code, reason)))) => {
            u16::from(close.code()) == *code && close.reason() == reason
        }
        (End::Failed(error), end) => match Terminate::from(*error) {
            Terminate::BadSize { .. } => *end == TheirEnd::TooBig,
            Terminate::BadEncoding(_) => *end == TheirEnd::InvalidUtf8,
            // tungstenite checks the size of a frame first.
            Terminate::BadFrame(_) => matches!(end, TheirEnd::Protocol | TheirEnd::TooBig),
            _ => false,
        },
        _ => false,
    };
    assert!(is_same && ours.messages == theirs.messages, "{ours:?}\n{theirs:?}");
    if matches!(ours.end, End::Failed(_)) {
        // The driver sends the close frame of an error.
        assert!(theirs.answers.starts_with(&ours.answers), "{ours:?}\n{theirs:?}");
    } else {
        assert_eq!(ours.answers, theirs.answers, "pongs, and the echo of the close frame");
    }
}

/// Returns tungstenite's answer to a close code that it does not accept.
fn violation() -> TheirEnd {
    TheirEnd::Closed(Some((1002, "Protocol violation".to_owned())))
}
