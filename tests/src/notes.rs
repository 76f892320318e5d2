//! What handlers noted, as a test reads it.

use std::sync::Arc;

use tokio::sync::watch;

use crate::within;

/// Notes that handlers leave, in order. A clone is another handle to the same notes; an app gets one as its state.
#[derive(Clone, Default, Debug)]
pub struct Notes(Arc<watch::Sender<Vec<String>>>);

impl Notes {
    /// Leaves a note.
    pub fn add(&self, note: impl Into<String>) {
        let note = note.into();
        self.0.send_modify(|notes| notes.push(note));
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> Vec<String> {
        self.0.borrow().clone()
    }

    /// How often `note` was left.
    #[must_use]
    pub fn count(&self, note: &str) -> usize {
        self.0.borrow().iter().filter(|left| *left == note).count()
    }

    /// Waits for `note`.
    ///
    /// # Panics
    /// If it is not left in time.
    pub async fn seen(&self, note: &str) {
        let mut notes = self.0.subscribe();
        let seen = notes.wait_for(|notes| notes.iter().any(|left| left == note));
        drop(within(seen).await.expect("the sender lives as long as this"));
    }

    /// Leaves `note` when the guard is dropped: whoever waited while he held it was cut, or has returned.
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
