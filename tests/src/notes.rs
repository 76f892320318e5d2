//! Notes that handlers leave for a test to read.

use std::sync::Arc;

use tokio::sync::watch;

use crate::within;

/// Notes in the order in which handlers add them. Clones share the same notes. Tests pass them to an app as state.
#[derive(Clone, Default, Debug)]
pub struct Notes(Arc<watch::Sender<Vec<String>>>);

impl Notes {
    /// Adds a note.
    pub fn add(&self, note: impl Into<String>) {
        let note = note.into();
        self.0.send_modify(|notes| notes.push(note));
    }

    /// Returns all notes.
    #[must_use]
    pub fn all(&self) -> Vec<String> {
        self.0.borrow().clone()
    }

    /// Returns how many times `note` was added.
    #[must_use]
    pub fn count(&self, note: &str) -> usize {
        self.0.borrow().iter().filter(|left| *left == note).count()
    }

    /// Waits for `note`.
    ///
    /// # Panics
    /// If the note is not added in time.
    pub async fn seen(&self, note: &str) {
        let mut notes = self.0.subscribe();
        let seen = notes.wait_for(|notes| notes.iter().any(|left| left == note));
        drop(within(seen).await.expect("the sender lives as long as this"));
    }

    /// Adds `note` when the guard is dropped: the callback that holds it has returned or was aborted.
    #[must_use]
    pub fn on_drop(&self, note: &'static str) -> OnDrop {
        OnDrop { notes: self.clone(), note }
    }
}

/// See [`Notes::on_drop`].
#[derive(Debug)]
pub struct OnDrop {
    notes: Notes,
    note: &'static str,
}

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.notes.add(self.note);
    }
}
