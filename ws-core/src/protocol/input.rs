//! Received bytes that are not decoded yet.

/// A cursor over received bytes. The slices that it returns borrow from the buffer, not from the cursor, so a callback
/// can borrow a payload while the cursor stands behind it.
pub(crate) struct Input<'b> {
    rest: &'b mut [u8],
}

impl<'b> Input<'b> {
    pub(crate) const fn new(bytes: &'b mut [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The bytes that are not decoded yet.
    #[inline]
    pub(crate) const fn rest(&self) -> &[u8] {
        self.rest
    }

    /// The first `count` bytes, to change them in place.
    ///
    /// # Panics
    /// Panics if there are fewer.
    pub(super) fn front_mut(&mut self, count: usize) -> &mut [u8] {
        &mut self.rest[..count]
    }

    /// Removes and returns the first `count` bytes.
    ///
    /// # Panics
    /// Panics if there are fewer.
    #[inline]
    pub(super) fn take(&mut self, count: usize) -> &'b mut [u8] {
        let (front, rest) = std::mem::take(&mut self.rest).split_at_mut(count);
        self.rest = rest;
        front
    }

    /// Removes all bytes.
    pub(crate) fn clear(&mut self) {
        self.rest = &mut [];
    }
}
