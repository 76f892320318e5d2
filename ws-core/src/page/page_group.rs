//! A handle to the pages of a session or of a user.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::page_session::PageSession;
use super::qos::Qos;
use super::registry::PageRegistry;
use crate::event::page_event;
use crate::hub::DeliveryCounts;

/// The pages that a browser session or a user has at the moment, from [`AppHandle::session`](crate::AppHandle::session) or
/// [`AppHandle::user`](crate::AppHandle::user). There may be none.
///
/// ```
/// use ws_core::prelude::*;
///
/// fn remind(app: &AppHandle) {
///     let counts = app.user("ada").send_event("reminder", &"tea at four");
///     println!("queued for {} pages", counts.queued);
/// }
/// ```
pub struct PageGroup {
    /// `None`: the app has no page sessions.
    registry: Option<Arc<PageRegistry>>,
    pages: Vec<PageSession>,
}

impl PageGroup {
    pub(crate) const fn new(registry: Option<Arc<PageRegistry>>, pages: Vec<PageSession>) -> Self {
        Self { registry, pages }
    }

    /// Returns the pages, in the order in which they were opened.
    #[must_use]
    pub fn pages(&self) -> &[PageSession] {
        &self.pages
    }

    /// Returns `true` if there is no page.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    /// Sends messages as surely as this; see [`PageSession::with_qos`].
    #[must_use]
    pub fn with_qos(self, qos: Qos) -> Self {
        let pages = self.pages.iter().map(|page| page.with_qos(qos)).collect();
        Self { pages, ..self }
    }

    /// Sends an event to each of the pages; see [`PageSession::send_event`]. It is serialized once.
    pub fn send_event(&self, name: &str, value: &(impl Serialize + ?Sized)) -> DeliveryCounts {
        match page_event(name, value, None) {
            Ok(text) => self.pages.iter().map(|page| page.send_text(text.clone())).collect(),
            Err(why) => self
                .registry
                .iter()
                .flat_map(|registry| self.pages.iter().map(|_| registry.cannot_send(name, &why)))
                .collect(),
        }
    }
}

impl fmt::Debug for PageGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PageGroup").field(&self.pages.len()).finish()
    }
}
