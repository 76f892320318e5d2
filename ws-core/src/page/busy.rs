//! A callback of a page's connection that is pending.

use super::page::Page;
use crate::connection::ConnectionId;

/// While this is alive, a callback is pending, and the acknowledgements of the client wait behind it.
#[must_use = "the callback counts as pending while this is alive"]
pub(crate) struct Busy<'p> {
    page: &'p Page,
    connection: ConnectionId,
}

impl<'p> Busy<'p> {
    pub(super) fn new(page: &'p Page, connection: ConnectionId) -> Self {
        page.set_busy(connection, true);
        Self { page, connection }
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.page.set_busy(self.connection, false);
    }
}
