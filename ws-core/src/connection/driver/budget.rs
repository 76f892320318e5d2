//! The poll budget: the work that a connection does before other connections run.

/// The number of mailbox items (with timers), and of frames.
const BUDGET: u8 = 64;
/// A message that is not complete costs a frame for each this many bytes that are decoded: they may be many fragments.
const FRAGMENTS: usize = 1 << 10;
/// A message costs one more frame for each this many bytes of its payload: a few compressed bytes may inflate to many.
const WEIGHT: usize = 16 << 10;

pub(super) struct Budget {
    mail: u8,
    frames: u8,
}

impl Budget {
    pub(super) const fn new() -> Self {
        Self { mail: BUDGET, frames: BUDGET }
    }

    pub(super) const fn renew(&mut self) {
        *self = Self::new();
    }

    pub(super) const fn has_mail(&self) -> bool {
        self.mail > 0
    }

    pub(super) const fn has_frames(&self) -> bool {
        self.frames > 0
    }

    pub(super) const fn is_spent(&self) -> bool {
        !self.has_mail() || !self.has_frames()
    }

    /// Returns how many mailbox items may still be handled.
    pub(super) const fn mail(&self) -> usize {
        self.mail as usize
    }

    /// Spends one mailbox item or timer.
    pub(super) const fn spend_mail(&mut self) {
        self.spend_batch(1);
    }

    /// Spends so many mailbox items, which are at most [`mail`](Self::mail).
    #[expect(clippy::cast_possible_truncation, reason = "it is at most as large as the field")]
    pub(super) const fn spend_batch(&mut self, items: usize) {
        self.mail = self.mail.saturating_sub(items as u8);
    }

    /// Spends a message of `len` bytes, or one read of so many.
    #[inline]
    pub(super) fn spend_message(&mut self, len: usize) {
        let weight = u8::try_from(1 + len / WEIGHT).unwrap_or(u8::MAX);
        self.frames = self.frames.saturating_sub(weight);
    }

    /// Spends `len` decoded bytes that completed no message.
    #[inline]
    pub(super) fn spend_fragments(&mut self, len: usize) {
        if len >= FRAGMENTS {
            self.frames = self.frames.saturating_sub(u8::try_from(len / FRAGMENTS).unwrap_or(u8::MAX));
        }
    }
}
