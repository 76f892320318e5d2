//! The heap size of an info or a broadcast.

use crate::handler::HeapSize;

/// Determines the heap size of an info or a broadcast, which is 0 unless its type states it. Only the type counts, so an
/// alias works too.
pub struct Measured<'a, T>(pub &'a T);

impl<T: HeapSize> Measured<'_, T> {
    #[must_use]
    pub fn heap_size(&self) -> usize {
        self.0.heap_size()
    }
}

/// The fallback for every other type: the inherent method of [`Measured`] takes precedence.
pub trait NoHeapSize {
    fn heap_size(&self) -> usize {
        0
    }
}

impl<T> NoHeapSize for Measured<'_, T> {}
