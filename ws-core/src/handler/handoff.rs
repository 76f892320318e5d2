//! A place of each thread, through which a session and the coroutine that runs its callbacks pass the connection to each
//! other. It is empty, except between two adjacent calls.

use std::cell::Cell;
use std::mem::ManuallyDrop;

use super::pooled::Held;

thread_local! {
    // Never dropped, so that a connection can be dropped at any time, even when its thread ends.
    static HANDOFF: ManuallyDrop<Cell<Option<Box<Held>>>> = const { ManuallyDrop::new(Cell::new(None)) };
}

/// Puts a connection there.
#[inline]
pub(super) fn put(connection: Box<Held>) {
    HANDOFF.with(|handoff| handoff.set(Some(connection)));
}

/// Takes the connection that is there.
#[inline]
pub(super) fn take() -> Option<Box<Held>> {
    HANDOFF.with(|handoff| handoff.take())
}
