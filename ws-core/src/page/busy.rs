//! The functions and callbacks of a page that are pending.

use super::page::Page;
use super::page_session::PageSession;
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

/// While this is alive, a function is not finished whose message is acknowledged, and the functions of the page's next
/// connection wait.
#[must_use = "the function counts as finished when this is dropped"]
pub(crate) struct Unfinished(PageSession);

impl Unfinished {
    pub(crate) fn new(page: PageSession) -> Self {
        page.page().set_unfinished(true);
        Self(page)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        self.0.page().set_unfinished(false);
        self.0.registry().finished.notify_waiters();
    }
}
