//! A connection that the test polls by hand, and only after a wake-up, as a runtime does; and its handler.

use std::ops::Range;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context as TaskContext, Poll, Wake, Waker};
use std::time::Duration;

use axum::response::Response;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::request::Parts;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;
use tokio::time::sleep;

use super::wire::Wire;
use crate::connection::driver::Driver;
use crate::connection::io::Stream;
use crate::connection::{Connection, Params, Request, Running, Session, ending};
use crate::handler::upgrade::UpgradeRequest;
use crate::handler::{AppHandle, AppInner, Context, Handler, IntoReply, Reply, Upgrade, session};
use crate::message::{Close, CloseCode, Incoming, Message, Terminate};
use crate::protocol::deflate::Negotiated;
use crate::shared::heartbeat::Heartbeat;
use crate::shared::limits::{Limits, SharedLimits};
use crate::shared::panics;

/// The state that a test and its handler share.
#[derive(Default)]
pub(super) struct Probe {
    /// The messages that callbacks received, in order. A long one is shortened to its beginning and its length.
    seen: Mutex<Vec<String>>,
    /// Where the payload of each message lies, and its encoded reply, if the handler notes that.
    pub(super) addresses: Mutex<Vec<(Range<usize>, Range<usize>)>>,
    /// Each permit lets a pending callback continue.
    gate: Notify,
}

/// Echoes messages. The text of some names an action that comes first.
pub(super) struct Echo(Arc<Probe>);

impl Handler for Echo {
    type Info = std::convert::Infallible;

    async fn init(_: &mut Parts, upgrade: &mut Upgrade<Self>) -> Result<Self, Response> {
        Ok(Self(upgrade.options::<Arc<Probe>>().expect("the test's").clone()))
    }

    async fn message(&mut self, message: Incoming<'_>, cx: &mut Context<Self>, reply: &mut Reply) {
        self.0.seen.lock().unwrap().push(shown(&message));
        if let Incoming::Text(text) = &message {
            if text.starts_with("wait") {
                let before = text.to_string();
                self.0.gate.notified().await;
                assert_eq!(**text, *before, "a payload that is lent does not change");
            }
            match &**text {
                "close" => return Close::new(CloseCode::NORMAL, "bye").into_reply(reply),
                "command close" => _ = cx.close(CloseCode::NORMAL, "bye"),
                "panic" | "wait, panic" => panic!("as the test wants it"),
                "hibernate" => Reply::new().hibernate().into_reply(reply),
                "large" => return vec![7; 1 << 20].into_reply(reply),
                "three" => {
                    return [1, 2, 3].map(|n| Message::from(vec![n; 100_000])).to_vec().into_reply(reply);
                }
                _ => {}
            }
        }
        if !message.is_control() {
            message.into_reply(reply);
        }
    }
}

fn shown(message: &Incoming<'_>) -> String {
    match message {
        Incoming::Text(text) if text.len() <= 20 => text.to_string(),
        Incoming::Ping(_) => "ping".to_owned(),
        Incoming::Pong(_) => "pong".to_owned(),
        data => format!("{} bytes", data.len()),
    }
}

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A connection of [`Echo`] over a [`Wire`].
pub(super) struct Peer {
    pub(super) wire: Wire,
    pub(super) probe: Arc<Probe>,
    /// The connection, as other tasks see it.
    pub(super) shared: Arc<Connection>,
    connection: BoxFuture<'static, Terminate>,
    pub(super) end: Option<Terminate>,
    woken: Arc<Woken>,
    /// How often the connection was polled since the last call of [`polls`](Self::polls).
    polls: usize,
    runtime: Runtime,
}

/// The limits of a connection, unless a test sets others.
pub(super) fn limits() -> Limits {
    Limits { heartbeat: Heartbeat::Off, idle_timeout: None, ..Limits::default() }
}

/// A session of [`Echo`] and its driver.
pub(super) fn parts(
    wire: &Wire,
    probe: &Arc<Probe>,
    early: &[u8],
    negotiated: Option<Negotiated>,
    limits: &Limits,
) -> (Box<dyn Session>, Driver) {
    parts_of::<Echo>(wire, probe, early, negotiated, limits)
}

/// A session of `H`, whose options are an `Arc` of the probe, and its driver.
fn parts_of<H: Handler>(
    wire: &Wire,
    probe: &Arc<Probe>,
    early: &[u8],
    negotiated: Option<Negotiated>,
    limits: &Limits,
) -> (Box<dyn Session>, Driver) {
    let limits = &SharedLimits::from(*limits);
    let app = Arc::new(AppInner::default());
    let request = Request::new("/".into(), Params::default(), None, None, 13, http::Version::HTTP_11);
    let connection = Arc::new(Connection::new(app.shared.clone(), request, limits.mailbox().clone()));
    let upgrade = UpgradeRequest {
        connection: connection.clone(),
        app: AppHandle::new(app),
        limits: limits.clone(),
        timers: None,
        offered: Vec::new(),
        subprotocol: None,
        extensions: Vec::new(),
        compression: None,
        headers: http::HeaderMap::new(),
        options: Some(Arc::new(probe.clone())),
        key: None,
    };
    let request = http::Request::new(()).into_parts().0;
    let opened = session::init::<H>(request, Box::new(upgrade)).now_or_never();
    let Some(Ok(opened)) = opened else { panic!("an init that waits for nothing and accepts") };
    let stream = Stream::Boxed(Box::new(wire.clone()));
    (opened.session, Driver::new(stream, early, limits, negotiated, connection))
}

impl Peer {
    pub(super) fn new() -> Self {
        Self::with(&[], None)
    }

    /// Creates a connection. Some bytes arrive with the handshake.
    pub(super) fn with(early: &[u8], negotiated: Option<Negotiated>) -> Self {
        Self::start::<Echo>(early, negotiated, &limits())
    }

    /// Creates a connection with these limits.
    pub(super) fn limited(limits: &Limits) -> Self {
        Self::start::<Echo>(&[], None, limits)
    }

    /// Creates a connection of another handler, whose options are an `Arc` of the probe.
    pub(super) fn of<H: Handler>() -> Self {
        Self::start::<H>(&[], None, &limits())
    }

    fn start<H: Handler>(early: &[u8], negotiated: Option<Negotiated>, limits: &Limits) -> Self {
        // Timers need one. None fires unless a test lets time [pass](Self::pass).
        let runtime = Builder::new_current_thread().enable_time().build().unwrap();
        let (wire, probe) = (Wire::new(), Arc::new(Probe::default()));
        let entered = runtime.enter();
        let (session, driver) = parts_of::<H>(&wire, &probe, early, negotiated, limits);
        drop(entered);
        let shared = driver.arrivals.connection.clone();
        let connection = Box::pin(connection(session, driver));
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        Self { wire, probe, shared, connection, end: None, woken, polls: 0, runtime }
    }

    /// Sends one piece, and polls the connection until it waits.
    pub(super) fn send(&mut self, piece: impl Into<Vec<u8>>) {
        self.wire.send(piece);
        self.run();
    }

    /// Lets the next pending callback continue.
    pub(super) fn open_gate(&mut self) {
        self.probe.gate.notify_one();
        self.run();
    }

    /// Lets time pass, and then polls the connection until it waits.
    pub(super) fn pass(&mut self, time: Duration) {
        self.runtime.block_on(async { sleep(time).await });
        self.run();
    }

    /// Polls the connection while it is woken.
    ///
    /// # Panics
    /// Panics if the connection wakes itself endlessly.
    pub(super) fn run(&mut self) {
        const POLLS: usize = 100_000;

        let _entered = self.runtime.enter();
        let waker = Waker::from(self.woken.clone());
        for _ in 0..POLLS {
            if self.end.is_some() || !self.woken.0.swap(false, Ordering::Relaxed) {
                return;
            }
            self.polls += 1;
            if let Poll::Ready(end) = self.connection.as_mut().poll(&mut TaskContext::from_waker(&waker)) {
                self.end = Some(end);
            }
        }
        panic!("it is busy for ever");
    }

    /// How often the connection was polled since the last call: it yields to other connections in between.
    pub(super) fn polls(&mut self) -> usize {
        std::mem::take(&mut self.polls)
    }

    /// The messages that callbacks received since the last call.
    pub(super) fn seen(&self) -> Vec<String> {
        std::mem::take(&mut self.probe.seen.lock().unwrap())
    }

    /// The frames that the client received since the last call.
    pub(super) fn received(&self) -> Vec<Message> {
        let read = crate::protocol::oracle::read_by_client(&self.wire.take());
        let close = read.close.map(|close| Message::Close(close.unwrap_or_else(Close::normal)));
        read.messages.into_iter().chain(close).collect()
    }

    /// Ends the client's half of the stream. Returns the reason for the end of the connection.
    pub(super) fn ended(mut self) -> Terminate {
        self.wire.end();
        self.run();
        self.end.take().expect("the connection has ended")
    }
}

/// The steps of a connection's task after the upgrade.
async fn connection(session: Box<dyn Session>, driver: Driver) -> Terminate {
    let mut live = Live::new(session, driver);
    let reason = match AssertUnwindSafe(live.run()).catch_unwind().await {
        Ok(Err(reason)) => reason,
        Err(payload) => Terminate::Panic(panics::caught(live.session.local().callback, payload)),
    };
    live.into_driver().close(ending::close_frame(&reason), ending::is_orderly(&reason)).await;
    reason
}

/// A session that runs, and its driver if it does not keep it.
pub(super) struct Live {
    session: Box<dyn Session>,
    driver: Option<Driver>,
}

impl Live {
    pub(super) fn new(mut session: Box<dyn Session>, driver: Driver) -> Self {
        let driver = session.adopt(driver);
        Self { session, driver }
    }

    fn run(&mut self) -> Running<'_> {
        self.session.run(self.driver.as_mut())
    }

    /// Polls the connection until it waits. It must not end.
    pub(super) fn settle(&mut self) {
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        let waker = Waker::from(woken.clone());
        let mut running = self.run();
        while woken.0.swap(false, Ordering::Relaxed) {
            assert!(Pin::new(&mut running).poll(&mut TaskContext::from_waker(&waker)).is_pending());
        }
    }

    pub(super) fn into_driver(mut self) -> Driver {
        self.driver.or_else(|| self.session.release()).expect("one of them has it")
    }
}
