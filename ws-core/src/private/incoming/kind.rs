//! The kinds of messages, and the choice of the callback for a message.

use super::Asked;
use crate::message::Incoming;

/// Which messages a callback takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Takes {
    Text,
    Binary,
    /// Those that no other callback takes.
    Others,
    Nothing,
}

pub struct OfText;
pub struct OfBinary;
pub struct OfOthers;
pub struct OfNothing;

/// A kind of messages, as a type.
pub trait Kind {
    const TAKES: Takes;
}

impl Kind for OfText {
    const TAKES: Takes = Takes::Text;
}

impl Kind for OfBinary {
    const TAKES: Takes = Takes::Binary;
}

impl Kind for OfOthers {
    const TAKES: Takes = Takes::Others;
}

impl Kind for OfNothing {
    const TAKES: Takes = Takes::Nothing;
}

/// Two kinds that differ. All implementations are below.
#[diagnostic::on_unimplemented(
    message = "two `#[incoming]` callbacks receive the same messages",
    label = "another `#[incoming]` already receives these messages",
    note = "there is one callback for text, one for binary, and one for the messages that have no other: put both into one, or \
            remove one of them"
)]
pub trait Beside<Other> {}

#[diagnostic::do_not_recommend]
impl Beside<OfBinary> for OfText {}
#[diagnostic::do_not_recommend]
impl Beside<OfOthers> for OfText {}
#[diagnostic::do_not_recommend]
impl Beside<OfText> for OfBinary {}
#[diagnostic::do_not_recommend]
impl Beside<OfOthers> for OfBinary {}
#[diagnostic::do_not_recommend]
impl Beside<OfText> for OfOthers {}
#[diagnostic::do_not_recommend]
impl Beside<OfBinary> for OfOthers {}
#[diagnostic::do_not_recommend]
impl<K> Beside<K> for OfNothing {}
#[diagnostic::do_not_recommend]
impl Beside<OfNothing> for OfText {}
#[diagnostic::do_not_recommend]
impl Beside<OfNothing> for OfBinary {}
#[diagnostic::do_not_recommend]
impl Beside<OfNothing> for OfOthers {}

/// Refuses two callbacks for the same messages.
pub fn beside<A: Asked, B: Asked>(_: &A, _: &B)
where
    B::Kind: Beside<A::Kind>,
{
}

/// Returns the first callback for this kind of message, or else the one for the others.
#[must_use]
pub fn choose<const N: usize>(
    message: Option<&Incoming<'static>>,
    callbacks: [(usize, Takes); N],
) -> Option<usize> {
    let kind = match message {
        Some(Incoming::Text(_)) => Takes::Text,
        Some(_) => Takes::Binary,
        None => return None,
    };
    let of = |kind| callbacks.iter().find(|(_, takes)| *takes == kind).map(|&(callback, _)| callback);
    of(kind).or_else(|| of(Takes::Others))
}
