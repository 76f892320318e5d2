//! The memory that an info holds.

/// An info or a broadcast that states how much memory it holds.
///
/// A mailbox and an inbox are bounded in bytes, but ws-core cannot know how much an info holds on the heap: it counts the
/// value's own size, which is 24 bytes for a `Vec` of any length. Implement this trait for infos that are large, and those
/// that wait for a slow client hold no more memory than the limit. Nothing else is necessary: the macro calls it, except
/// in a generic handler for infos whose type depends on the handler's parameters.
///
/// A handler without the macro implements [`Handler::info_heap_size`](crate::Handler::info_heap_size) instead.
///
/// ```
/// use ws_core::HeapSize;
/// use ws_core::prelude::*;
///
/// #[websocket("/chart")]
/// #[derive(Default)]
/// struct Chart;
///
/// struct Points(Vec<f64>);
///
/// impl HeapSize for Points {
///     fn heap_size(&self) -> usize {
///         size_of_val(&*self.0)
///     }
/// }
///
/// #[websocket]
/// impl Chart {
///     #[info]
///     fn points(&mut self, Points(points): Points) -> Json<Vec<f64>> {
///         Json(points)
///     }
/// }
/// ```
pub trait HeapSize {
    /// Returns how many bytes the value holds on the heap, besides its own size. It is called once, when the info is
    /// sent, so it should be cheap: an estimate will do.
    fn heap_size(&self) -> usize;
}
