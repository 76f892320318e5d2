//! The session of a handler whose callbacks may be pending. They run in a coroutine, which the connection has only as
//! long as there are callbacks to run: an idle connection keeps no room for their futures.
//!
//! Only the [`coroutine`] knows the type of the handler. All else is compiled once.

use std::any::Any;
use std::convert::Infallible;
use std::future::poll_fn;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};

use futures_util::future::BoxFuture;

use super::coroutines::{Coroutine, Pool};
use super::handler::Handler;
use super::handoff;
use super::session::{Base, HandlerSession, left, run_callbacks};
use crate::connection::{Driver, EventLoop, Local, ReadBuffer, Running, Session};
use crate::message::Terminate;
use crate::protocol::Input;

/// A handler with its connection, and the coroutine that runs its callbacks at the moment.
pub(super) struct PooledSession {
    /// `None` while the coroutine has it.
    held: Option<Box<Held>>,
    running: Option<Coroutine>,
    pool: Pool,
}

/// All that a coroutine needs to run callbacks of a connection. It is passed back and forth, so it is in a box.
pub(super) struct Held<S: ?Sized = dyn Callbacks> {
    pub(super) state: State,
    pub(super) session: S,
}

#[derive(Default)]
pub(super) struct State {
    /// `None` before the upgrade, and after the end.
    driver: Option<Driver>,
    /// The reason why the connection ended, once it has.
    ended: Option<Box<Terminate>>,
    /// Callbacks may borrow from the driver's buffer.
    lends: bool,
}

/// A session of a handler, with its type erased.
pub(super) trait Callbacks: Any + Send {
    fn base(&mut self) -> Base<'_>;

    /// Creates a coroutine for sessions of this type.
    fn coroutine(&self) -> Coroutine;

    fn terminate<'s>(&'s mut self, reason: &'s Arc<Terminate>) -> BoxFuture<'s, ()>;
}

impl PooledSession {
    pub(super) fn new(held: Box<Held>) -> Self {
        let pool = Pool::of((&held.session as &dyn Any).type_id());
        Self { held: Some(held), running: None, pool }
    }

    /// Returns the session. A callback that is pending, or has panicked, is dropped.
    fn held(&mut self) -> &mut Held {
        if self.held.is_none() {
            drop(self.running.take());
            self.held = handoff::take();
        }
        self.held.as_mut().expect("a coroutine returns the session, even if it is dropped")
    }
}

impl Session for PooledSession {
    fn local(&mut self) -> &mut Local {
        self.held().session.base().local
    }

    fn keeps_driver(&self) -> bool {
        true
    }

    fn adopt(&mut self, driver: Driver) -> Option<Driver> {
        self.held().state.driver = Some(driver);
        None
    }

    fn release(&mut self) -> Option<Driver> {
        self.held().state.driver.take()
    }

    fn run<'s>(&'s mut self, _: Option<&'s mut Driver>) -> Running<'s> {
        Running::Polled(self, None)
    }

    fn failure(&mut self) -> Option<Terminate> {
        self.held().session.base().failure()
    }

    fn end(&mut self) {
        self.held().session.base().end();
    }

    fn terminate<'s>(&'s mut self, reason: &'s Arc<Terminate>) -> BoxFuture<'s, ()> {
        self.held().session.terminate(reason)
    }
}

impl EventLoop for PooledSession {
    fn poll(
        &mut self,
        _: Option<&mut Driver>,
        task: &mut TaskContext<'_>,
    ) -> Poll<Result<Infallible, Terminate>> {
        loop {
            if self.running.is_none() {
                self.start(task)?;
            }
            let Some(running) = &mut self.running else { return Poll::Pending };
            let Poll::Pending = running.as_mut().poll(task);
            let Some(mut held) = handoff::take() else { return Poll::Pending };
            if let Some(coroutine) = self.running.take() {
                self.pool.give(coroutine);
            }
            let ended = held.state.ended.take();
            self.held = Some(held);
            if let Some(reason) = ended {
                return Poll::Ready(Err(*reason));
            }
        }
    }
}

impl PooledSession {
    /// Waits until there may be an event, and passes the session to a coroutine.
    #[inline]
    fn start(&mut self, task: &mut TaskContext<'_>) -> Result<(), Terminate> {
        let Some(Held { state, session }) = self.held.as_deref_mut() else { return Ok(()) };
        let Some(driver) = &mut state.driver else { return Ok(()) };
        let local = session.base().local;
        if local.opened {
            match driver.poll_wait(task, local) {
                Poll::Pending => return Ok(()),
                Poll::Ready(lent) => state.lends = lent?.map(|buffer| driver.hold(buffer)).is_some(),
            }
        }
        self.running = Some(self.pool.take().unwrap_or_else(|| session.coroutine()));
        if let Some(held) = self.held.take() {
            handoff::put(held);
        }
        Ok(())
    }
}

/// Runs the callbacks of one connection after the other.
pub(super) async fn coroutine<H: Handler>() -> Infallible {
    let mut turns = Turns::default();
    loop {
        let mut held = turns.next().await;
        let Held { state: State { driver: Some(driver), ended, lends }, session } = &mut *held else {
            continue;
        };
        let session: &mut dyn Any = session;
        let session: &mut HandlerSession<H> = session.downcast_mut().expect("the pool is this handler's");
        let mut buffer = lend(driver, lends);
        let mut input = input(&mut buffer);
        let over = run_callbacks(session, driver, &mut input).await;
        let left = left(input.as_ref());
        keep(driver, buffer, left);
        session.reply.outbox().release();
        if let Err(reason) = over {
            *ended = Some(Box::new(reason));
        }
    }
}

/// Takes the driver's buffer, if callbacks may borrow from it.
fn lend(driver: &mut Driver, lends: &mut bool) -> Option<ReadBuffer> {
    std::mem::take(lends).then(|| driver.lend())
}

fn input(buffer: &mut Option<ReadBuffer>) -> Option<Input<'_>> {
    buffer.as_mut().map(|buffer| Input::new(buffer.unread_mut()))
}

fn keep(driver: &mut Driver, buffer: Option<ReadBuffer>, left: usize) {
    if let Some(buffer) = buffer {
        driver.keep(buffer, left);
    }
}

/// The turns of a coroutine: it takes a session, returns it, and waits for the next one.
#[derive(Default)]
struct Turns {
    returned: bool,
}

impl Turns {
    fn next(&mut self) -> impl Future<Output = Returned> + Send {
        poll_fn(|_| {
            // The session that is there after a turn is for the connection to take.
            let taken = if std::mem::take(&mut self.returned) { None } else { handoff::take() };
            let Some(held) = taken else { return Poll::Pending };
            self.returned = true;
            Poll::Ready(Returned(Some(held)))
        })
    }
}

/// The session of a coroutine, which goes back on drop: when all callbacks are over, after a panic, and when a pending
/// callback is dropped.
struct Returned(Option<Box<Held>>);

impl Deref for Returned {
    type Target = Held;

    fn deref(&self) -> &Held {
        self.0.as_deref().expect("it goes back on drop")
    }
}

impl DerefMut for Returned {
    fn deref_mut(&mut self) -> &mut Held {
        self.0.as_deref_mut().expect("it goes back on drop")
    }
}

impl Drop for Returned {
    fn drop(&mut self) {
        if let Some(held) = self.0.take() {
            handoff::put(held);
        }
    }
}
