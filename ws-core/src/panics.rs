//! Panics of callbacks: what they said and where, for the report (C14).

use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;
use std::thread;

use crate::terminate::Panic;

thread_local! {
    /// Where the last panic of this thread was, and its backtrace where one was captured.
    static LAST: RefCell<Option<(String, Option<String>)>> = const { RefCell::new(None) };
    /// The callback that it came out of, where that has said its name.
    static NAMED: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// Notes where panics happen, before whatever hook the program has. A caught panic brings its message only.
pub(crate) fn watch() {
    static WATCHED: Once = Once::new();
    WATCHED.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let location = info.location().map(ToString::to_string).unwrap_or_default();
            // Captured where the user asked for backtraces (`RUST_BACKTRACE`), otherwise free.
            let backtrace = Backtrace::capture();
            let backtrace = (backtrace.status() == BacktraceStatus::Captured).then(|| backtrace.to_string());
            LAST.with(|last| {
                if let Ok(mut last) = last.try_borrow_mut() {
                    *last = Some((location, backtrace));
                }
            });
            NAMED.set(None);
            before(info);
        }));
    });
}

/// The name of the callback that runs where this is held: a panic of it is reported by that name. Without a panic it costs
/// next to nothing.
#[derive(Debug)]
pub struct Named(&'static str);

impl Named {
    /// Of the callback with this name.
    #[must_use]
    pub const fn new(callback: &'static str) -> Self {
        Self(callback)
    }
}

impl Drop for Named {
    fn drop(&mut self) {
        if thread::panicking() {
            NAMED.set(Some(self.0));
        }
    }
}

/// A panic of `callback`, or of the one in it that is [`Named`], that was caught on this thread just now.
pub(crate) fn caught(callback: &'static str, payload: Box<dyn Any + Send>) -> Panic {
    let message = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".to_owned());
    let (location, backtrace) = LAST.take().unzip();
    let callback = NAMED.take().unwrap_or(callback);
    // It may be of a type of the user's, whose drop may panic as well.
    contained(move || drop(payload));
    Panic { callback, message, location, backtrace: backtrace.flatten() }
}

/// Runs what may run into the user's code where a panic must go no further: it is reported.
pub(crate) fn contained(step: impl FnOnce()) {
    if let Err(payload) = panic::catch_unwind(AssertUnwindSafe(step)) {
        let panic = caught("drop or Display of one of its types", payload);
        tracing::error!("{panic}");
    }
}

/// Drops one after the other, so that two that panic are not a panic within a panic, which ends the program.
pub(crate) fn drop_each<T>(items: impl IntoIterator<Item = T>) {
    for item in items {
        contained(move || drop(item));
    }
}
