//! Captures the log for tests.

use std::cell::RefCell;
use std::io;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, Once, PoisonError};

thread_local! {
    static CAPTURING: RefCell<Option<Log>> = const { RefCell::new(None) };
}

/// The log of the current thread since [`Log::capture`].
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

/// Ends the capture when dropped.
pub struct Capture(PhantomData<*const ()>);

impl Drop for Capture {
    fn drop(&mut self) {
        CAPTURING.take();
    }
}

impl Log {
    /// Captures the log of this thread until the guard is dropped. Each test has a runtime with one thread.
    ///
    /// All threads share one subscriber. With one subscriber per thread, `tracing` may permanently disable a callsite
    /// that another thread registers while this thread has no subscriber.
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

    /// Returns the whole log.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }

    /// Returns the lines that contain all of `words`.
    #[must_use]
    pub fn lines_with(&self, words: &[&str]) -> Vec<String> {
        let text = self.text();
        text.lines().filter(|line| words.iter().all(|word| line.contains(word))).map(str::to_owned).collect()
    }
}

/// Writes to this thread's captured log. Discards the output if there is no capture.
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
