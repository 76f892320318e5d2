//! The page sessions of an app, by page, session, user and connection.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::PageId;
use super::asked::Asked;
use super::busy::Busy;
use super::opening::NoPage;
use super::page::{Page, Received, Swept};
use super::page_session::PageSession;
use super::pages::{CookieKey, Pages};
use super::qos::Qos;
use super::revoked::Revoked;
use super::sweeper::Sweeper;
use super::wire::{Greeting, Hello};
use crate::connection::{Connection, ConnectionId, Delivery, shrink_after_burst};
use crate::handshake::session::{BrowserCookie, CookieSigner, SessionId};
use crate::hub::Topics;
use crate::message::{Close, CloseCode, Reason, Text};
use crate::shared::Shared;
use crate::shared::log_limit::Line;
use crate::shared::stats::{Counters, Limit};

pub(crate) use super::attached::Speaks;

/// A browser that was signed out gets no new cookie for this long, because that could replace the one of its sign-in.
const SETTLED: Duration = Duration::from_secs(60);
/// The session of a page has changed.
const SESSION_CHANGED: CloseCode = CloseCode::from_static(4500);
/// Another connection of the same page is newer.
const REPLACED: CloseCode = CloseCode::from_static(4409);

/// The page sessions of an app.
pub(crate) struct PageRegistry {
    options: Pages,
    signer: CookieSigner,
    script_url: String,
    shared: Arc<Shared>,
    topics: Arc<Topics>,
    maps: Mutex<Maps>,
    pub(super) sweeper: Sweeper,
    /// Notified when a function is finished whose message is acknowledged.
    pub(super) finished: Notify,
}

#[derive(Default)]
struct Maps {
    pages: HashMap<PageId, Arc<Page>>,
    sessions: HashMap<SessionId, Vec<Arc<Page>>>,
    users: HashMap<Arc<str>, Vec<Arc<Page>>>,
    attached: HashMap<ConnectionId, Arc<Page>>,
    /// The pages without a connection, by the time at which they lost it.
    detached: BTreeSet<(Instant, PageId)>,
    revoked: Revoked,
}

/// There are too many page sessions.
#[derive(Debug)]
pub(crate) struct Full;

/// The browser session of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Visitor {
    /// Its cookie is valid.
    Known(BrowserCookie),
    /// It has no valid cookie.
    New,
    /// Its session was just signed out. The response that has the new cookie may still be under way.
    Leaving,
}

impl PageRegistry {
    pub(crate) fn new(
        mut options: Pages,
        script_url: String,
        shared: Arc<Shared>,
        topics: Arc<Topics>,
    ) -> Self {
        let key = std::mem::replace(&mut options.key, CookieKey::Random);
        let signer = CookieSigner::new(key.given(), options.session_lifetime);
        Self {
            options,
            signer,
            script_url,
            shared,
            topics,
            maps: Mutex::default(),
            sweeper: Sweeper::default(),
            finished: Notify::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Maps> {
        self.maps.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn script_url(&self) -> &str {
        &self.script_url
    }

    /// Reads the session of a request.
    pub(crate) fn visitor(&self, headers: &HeaderMap, secure: bool) -> Visitor {
        let Some(cookie) = self.signer.read(headers, secure) else { return Visitor::New };
        let revoked = self.lock().revoked.age(cookie.id, Instant::now());
        match revoked {
            None => Visitor::Known(cookie),
            Some(age) if age < SETTLED => Visitor::Leaving,
            Some(_) => Visitor::New,
        }
    }

    /// Returns the cookie to issue instead of an old one. Call it late: the session may be revoked while a request is
    /// answered, and the response must not replace the cookie of the sign-in.
    pub(crate) fn renewed(&self, cookie: &BrowserCookie) -> Option<BrowserCookie> {
        let is_old = cookie.age() > self.options.session_lifetime / 2;
        let is_valid = || self.lock().revoked.age(cookie.id, Instant::now()).is_none();
        (is_old && is_valid()).then(|| cookie.renewed())
    }

    /// Returns the value of `Set-Cookie`.
    pub(crate) fn set_cookie(&self, cookie: &BrowserCookie, secure: bool) -> HeaderValue {
        self.signer.write(cookie, secure)
    }

    /// Attaches a connection to the page that it asks for, or to a new one. Returns whether the page session was known. Not
    /// if the session was revoked since its cookie was read.
    pub(crate) fn open(
        self: &Arc<Self>,
        cookie: &BrowserCookie,
        asked: Option<Asked>,
        connection: &Arc<Connection>,
        speaks: Speaks,
    ) -> Result<(PageSession, bool), NoPage> {
        self.sweeper.found_runtime();
        let mut maps = self.lock();
        if maps.revoked.age(cookie.id, Instant::now()).is_some() {
            return Err(NoPage::Leaving);
        }
        let view = asked.map(|asked| asked.view);
        let known = asked.and_then(|asked| maps.pages.get(&asked.page));
        let taken = known.is_some_and(|page| page.session != cookie.id || page.is_of_another(view));
        let (page, resumed, ended) = if let Some(page) = known.filter(|_| !taken) {
            (page.clone(), true, None)
        } else {
            let id = asked.filter(|_| !taken).map_or_else(PageId::random, |asked| asked.page);
            let ended = self.make_room(&mut maps, cookie.id)?;
            let page = Arc::new(Page::new(id, cookie.id, cookie.user.clone()));
            maps.insert(&page);
            self.shared.stats.page_began();
            (page, false, ended)
        };
        if let Some(since) = page.detached_at() {
            maps.detached.remove(&(since, page.id));
        }
        let replaced = page.attach(connection, view, speaks);
        if let Some(replaced) = &replaced {
            maps.attached.remove(&replaced.id);
        }
        maps.attached.insert(connection.id, page.clone());
        drop(maps);
        drop(ended);
        if let Some(replaced) = replaced {
            replaced.close(Close::new(REPLACED, Reason::from_static("replaced by a newer connection")));
        }
        Ok((PageSession::new(self.clone(), page), resumed))
    }

    /// Ends a page that is not connected, if there are too many.
    fn make_room(&self, maps: &mut Maps, session: SessionId) -> Result<Option<Arc<Page>>, Full> {
        let of_session = maps.sessions.get(&session).map(Vec::as_slice).unwrap_or_default();
        let (limit, oldest) = if of_session.len() >= self.options.most_per_session {
            (Limit::PagesPerSession, oldest(of_session))
        } else if maps.pages.len() >= self.options.most {
            (Limit::Pages, maps.detached.first().and_then(|(_, page)| maps.pages.get(page).cloned()))
        } else {
            return Ok(None);
        };
        self.shared.stats.limited(limit);
        let oldest = oldest.ok_or(Full)?;
        self.remove(maps, &oldest);
        Ok(Some(oldest))
    }

    fn remove(&self, maps: &mut Maps, page: &Arc<Page>) -> Option<Arc<Connection>> {
        maps.remove(page);
        self.shared.stats.page_ended();
        if let Some(at) = page.scheduled() {
            self.sweeper.forget(at, page.id);
        }
        page.end()
    }

    /// Detaches a connection that has ended from its page, if it has one.
    pub(crate) fn detach(self: &Arc<Self>, connection: &Connection) {
        let mut maps = self.lock();
        let Some(page) = maps.attached.remove(&connection.id) else { return };
        shrink_after_burst(&mut maps.attached);
        let detached = page.detach(connection.id, self.options.linger);
        if let Some((now, _)) = detached {
            maps.detached.insert((now, page.id));
        }
        drop(maps);
        if let Some((_, Some(due))) = detached {
            self.sweeper.schedule(self, due, page.id);
        }
    }

    /// Does everything that is due for a page at the time `at`, which was scheduled.
    pub(super) fn sweep(self: &Arc<Self>, at: Instant, page: PageId) {
        let mut maps = self.lock();
        let Some(page) = maps.pages.get(&page).cloned() else { return };
        match page.sweep(at, self.options.linger) {
            Swept::Until(None) => {}
            Swept::Until(Some(due)) => self.sweeper.schedule(self, due, page.id),
            Swept::Over => _ = self.remove(&mut maps, &page),
        }
    }

    pub(super) fn counters(&self) -> &Counters {
        &self.shared.stats
    }

    /// Begins the time limit of the client's hello, if one is due.
    pub(crate) fn await_hello(self: &Arc<Self>, page: &Page, connection: ConnectionId) {
        if let Some(due) = page.await_hello(connection) {
            self.sweeper.schedule(self, due, page.id);
        }
    }

    /// Begins the messages of a connection; see [`Page::greet`].
    pub(crate) fn greet(
        self: &Arc<Self>,
        session: &PageSession,
        connection: &Arc<Connection>,
        resumed: bool,
        hello: &Hello,
        push: &mut dyn FnMut(Text),
    ) {
        let page = session.page();
        let user = page.user.as_deref().map(|user| self.signer.mark(user));
        if let Some(due) = page.greet(connection, Greeting { resumed, hello, user }, &self.topics, push) {
            self.sweeper.schedule(self, due, page.id);
        }
    }

    /// Sends an event. An answer has as much room again, so that events do not keep calls from their answers.
    pub(super) fn send(self: &Arc<Self>, page: &Page, text: String, qos: Qos, is_answer: bool) -> Delivery {
        let limits = if is_answer { self.options.queue.doubled() } else { self.options.queue };
        let (delivery, due) = page.send(text, qos, limits, &self.shared.stats);
        if let Some(due) = due {
            self.sweeper.schedule(self, due, page.id);
        }
        delivery
    }

    /// Logs an event that cannot be sent, and counts it as dropped.
    pub(super) fn cannot_send(&self, name: &str, why: &dyn std::fmt::Display) -> Delivery {
        self.shared.stats.dropped(1);
        if let Some(Line { suppressed }) = self.shared.log_limit.admit("page", "send_event", "") {
            tracing::error!(event = name, suppressed, "an event of a page session was dropped: {why}");
        }
        Delivery::Dropped
    }

    pub(super) fn topics(&self) -> &Topics {
        &self.topics
    }

    /// Revokes a session: its cookie is not valid any more, and its pages end.
    pub(crate) fn revoke(&self, session: SessionId) {
        let mut maps = self.lock();
        let (lifetime, most) = (self.options.session_lifetime, self.options.max_revoked_sessions);
        let early = maps.revoked.insert(session, Instant::now(), lifetime, most);
        let pages = maps.sessions.get(&session).cloned().unwrap_or_default();
        let connections: Vec<_> = pages.iter().filter_map(|page| self.remove(&mut maps, page)).collect();
        for connection in &connections {
            maps.attached.remove(&connection.id);
        }
        drop(maps);
        if early {
            self.shared.stats.limited(Limit::RevokedSessions);
            if let Some(Line { suppressed }) = self.shared.log_limit.admit("page", "revoke", "") {
                tracing::warn!(
                    suppressed,
                    "`Pages::max_revoked_sessions` is reached: the cookie of a session that was signed out is valid again"
                );
            }
        }
        for connection in connections {
            let reason = Reason::from_static("the session changed; retry=0");
            connection.close(Close::new(SESSION_CHANGED, reason));
        }
    }

    pub(crate) fn page(self: &Arc<Self>, page: PageId) -> Option<PageSession> {
        let page = self.lock().pages.get(&page).cloned()?;
        Some(PageSession::new(self.clone(), page))
    }

    pub(crate) fn pages_of_session(self: &Arc<Self>, session: SessionId) -> Vec<PageSession> {
        let pages = self.lock().sessions.get(&session).cloned().unwrap_or_default();
        self.handles(pages)
    }

    pub(crate) fn pages_of_user(self: &Arc<Self>, user: &str) -> Vec<PageSession> {
        let pages = self.lock().users.get(user).cloned().unwrap_or_default();
        self.handles(pages)
    }

    fn handles(self: &Arc<Self>, pages: Vec<Arc<Page>>) -> Vec<PageSession> {
        pages.into_iter().map(|page| PageSession::new(self.clone(), page)).collect()
    }

    /// Handles the acknowledgement of a client.
    pub(crate) fn acknowledged(session: &PageSession, connection: &Connection, seq: u64) {
        session.page().acknowledged(connection.id, seq);
    }

    /// Handles a pong of a client. Returns whether it answers a ping of the page.
    pub(crate) fn answered(session: &PageSession, connection: &Connection, payload: &[u8]) -> bool {
        session.page().answered(connection.id, payload)
    }

    /// Notes that a callback of the connection is pending, so that acknowledgements wait behind it.
    pub(crate) fn busy(session: &PageSession, connection: ConnectionId) -> Busy<'_> {
        Busy::new(session.page(), connection)
    }

    /// Waits until the function is finished that an earlier connection began.
    pub(crate) async fn finished(session: &PageSession, connection: ConnectionId) {
        let _busy = Self::busy(session, connection);
        loop {
            let finished = session.registry().finished.notified();
            if !session.page().is_unfinished() {
                return;
            }
            finished.await;
        }
    }

    /// Notes that nothing is read from the connection before this time.
    pub(crate) fn waits(session: &PageSession, connection: ConnectionId, until: Instant) {
        session.page().waits(connection, until);
    }

    /// Notes that the rate limit has dropped a message of the client.
    pub(crate) fn dropped(session: &PageSession, connection: ConnectionId) {
        session.page().dropped(connection);
    }

    /// Takes the number of a message of the client.
    pub(crate) fn receive(session: &PageSession, connection: ConnectionId, seq: u64) -> Received {
        session.page().receive(connection, seq)
    }

    /// Returns the number that is acknowledged to the client.
    pub(crate) fn received(session: &PageSession) -> u64 {
        session.page().received()
    }
}

/// Returns the page that lost its connection first.
fn oldest(pages: &[Arc<Page>]) -> Option<Arc<Page>> {
    let detached = pages.iter().filter_map(|page| Some((page.detached_at()?, page)));
    detached.min_by_key(|(at, _)| *at).map(|(_, page)| page.clone())
}

impl Maps {
    fn insert(&mut self, page: &Arc<Page>) {
        self.pages.insert(page.id, page.clone());
        self.sessions.entry(page.session).or_default().push(page.clone());
        if let Some(user) = &page.user {
            self.users.entry(user.clone()).or_default().push(page.clone());
        }
    }

    fn remove(&mut self, page: &Arc<Page>) {
        fn take<K: std::hash::Hash + Eq>(map: &mut HashMap<K, Vec<Arc<Page>>>, key: &K, page: &Arc<Page>) {
            if let Some(pages) = map.get_mut(key) {
                pages.retain(|other| !Arc::ptr_eq(other, page));
                if pages.is_empty() {
                    map.remove(key);
                    shrink_after_burst(map);
                }
            }
        }
        self.pages.remove(&page.id);
        if let Some(since) = page.detached_at() {
            self.detached.remove(&(since, page.id));
        }
        shrink_after_burst(&mut self.pages);
        take(&mut self.sessions, &page.session, page);
        if let Some(user) = &page.user {
            take(&mut self.users, user, page);
        }
    }
}
