//! Panics of callbacks: they are caught, and reported with their message and place.

use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;
use std::thread;

use super::log_limit::{LOG_LIMIT, Line};
use crate::message::Panic;

thread_local! {
    /// The place of this thread's last panic, and its backtrace if one was captured.
    static LAST: RefCell<Option<(String, Option<String>)>> = const { RefCell::new(None) };
    /// The name of the callback that panicked, if a [`Named`] was alive.
    static NAMED: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// Installs a panic hook that records the place of a panic and then calls the previous hook. A caught panic has its
/// message only.
pub(crate) fn watch() {
    static WATCHED: Once = Once::new();
    WATCHED.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let location = info.location().map(ToString::to_string).unwrap_or_default();
            // Captured only if the user asked for backtraces (`RUST_BACKTRACE`), otherwise free.
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

/// Names the running callback: if it panics while this is alive, the panic is reported with this name. Costs next to
/// nothing without a panic.
#[derive(Debug)]
pub struct Named(&'static str);

impl Named {
    /// Creates the guard for the callback with this name.
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

/// Describes a panic that was just caught on this thread. The callback is the [`Named`] one, or else `callback`. Returns a
/// panic that was described before and [raised](raise) again.
pub(crate) fn caught(callback: &'static str, payload: Box<dyn Any + Send>) -> Panic {
    let payload = match payload.downcast::<Panic>() {
        Ok(panic) => return *panic,
        Err(payload) => payload,
    };
    let message = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no panic message".to_owned());
    let (location, backtrace) = LAST.take().unzip();
    let callback = NAMED.take().unwrap_or(callback);
    // The payload may be of a user's type, and dropping it may panic too.
    catch_and_log(move || drop(payload));
    Panic::new(callback, message, location, backtrace.flatten())
}

/// Raises a panic that was [caught] elsewhere.
#[cfg(feature = "pages")]
pub(crate) fn raise(panic: Panic) -> ! {
    panic::resume_unwind(Box::new(panic))
}

/// Runs `step`, which may call the user's code. Catches and reports a panic.
pub(crate) fn catch_and_log(step: impl FnOnce()) {
    if let Err(payload) = panic::catch_unwind(AssertUnwindSafe(step)) {
        let panic = caught("Drop or Display of a user type", payload);
        if let Some(Line { suppressed }) = LOG_LIMIT.admit_panic("", &panic) {
            tracing::error!(suppressed, "{panic}");
        }
    }
}

/// Drops the items one by one, so that two drops that panic do not abort the program with a panic during a panic.
pub(crate) fn drop_each<T>(items: impl IntoIterator<Item = T>) {
    for item in items {
        catch_and_log(move || drop(item));
    }
}
