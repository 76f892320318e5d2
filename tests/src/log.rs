//! The log, as a test reads it.

use std::cell::RefCell;
use std::io;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, Once, PoisonError};

thread_local! {
    static CAPTURING: RefCell<Option<Log>> = const { RefCell::new(None) };
}

/// What was logged on this thread since [`Log::capture`].
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

/// Ends the capture when it is dropped.
pub struct Capture(PhantomData<*const ()>);

impl Drop for Capture {
    fn drop(&mut self) {
        CAPTURING.take();
    }
}

impl Log {
    /// Captures what this thread logs for as long as the guard lives: the tests' runtimes have one thread each.
    ///
    /// One subscriber serves all threads. With one for each, `tracing` may find a callsite off for good that another
    /// thread registered while nobody there was listening.
    #[must_use]
    pub fn capture() -> (Self, Capture) {
        static INSTALLED: Once = Once::new();
        INSTALLED.call_once(|| {
            tracing_subscriber::fmt()
                .with_ansi(false)
                .with_max_level(tracing::Level::DEBUG)
                .with_writer(ThisThread::default)
                .init();
        });
        let log = Self::default();
        CAPTURING.set(Some(log.clone()));
        (log, Capture(PhantomData))
    }

    /// All of it.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }

    /// The lines with all of `words` in them.
    #[must_use]
    pub fn lines_with(&self, words: &[&str]) -> Vec<String> {
        let text = self.text();
        text.lines().filter(|line| words.iter().all(|word| line.contains(word))).map(str::to_owned).collect()
    }
}

/// Writes to the log that this thread captures, if any.
#[derive(Default)]
struct ThisThread;

impl io::Write for ThisThread {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        CAPTURING.with_borrow(|capturing| {
            if let Some(Log(log)) = capturing {
                log.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
            }
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
