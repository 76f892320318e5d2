//! A place of each thread, through which a session and the coroutine that runs its callbacks pass the connection to each
//! other. It is empty, except between two adjacent calls.

use std::any::Any;
use std::cell::Cell;
use std::mem::ManuallyDrop;

thread_local! {
    // Never dropped, so that a connection can be dropped at any time, even when its thread ends.
    static HANDOFF: ManuallyDrop<Cell<Option<Box<dyn Any + Send>>>> =
        const { ManuallyDrop::new(Cell::new(None)) };
}

/// Puts a connection there.
#[inline]
pub(crate) fn put(connection: Box<dyn Any + Send>) {
    HANDOFF.with(|handoff| handoff.set(Some(connection)));
}

/// Takes the connection that is there. It must be a `T`.
#[inline]
pub(crate) fn take<T: Any>() -> Option<Box<T>> {
    let connection = HANDOFF.with(|handoff| handoff.take())?;
    Some(connection.downcast().expect("both sides pass the same type"))
}
