//! The session of a handler whose callbacks may be pending. They run in a coroutine, which the connection has only as
//! long as there are callbacks to run: an idle connection keeps no room for their futures.

use std::convert::Infallible;
use std::future::poll_fn;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};

use futures_util::future::BoxFuture;

use super::coroutines::{Coroutine, Pool};
use super::handler::Handler;
use super::session::{HandlerSession, open, run_callbacks};
use crate::connection::{Driver, EventLoop, Local, Running, Session, handoff};
use crate::message::Terminate;
use crate::protocol::Input;

/// A handler, its connection, and the coroutine that runs its callbacks at the moment.
pub(super) struct PooledSession<H: Handler> {
    /// `None` while the coroutine has it.
    held: Option<Box<Held<H>>>,
    running: Option<Coroutine>,
}

/// All that a coroutine needs to run callbacks of a connection. It is passed back and forth, so it is in a box.
struct Held<H: Handler> {
    session: HandlerSession<H>,
    /// `None` before the upgrade, and after the end.
    driver: Option<Driver>,
    /// The reason why the connection ended, once it has.
    ended: Option<Box<Terminate>>,
    pool: Pool,
    /// Callbacks may borrow from the driver's buffer.
    lends: bool,
}

impl<H: Handler> PooledSession<H> {
    pub(super) fn new(session: HandlerSession<H>) -> Self {
        let held = Held { session, driver: None, ended: None, pool: Pool::of::<H>(), lends: false };
        Self { held: Some(Box::new(held)), running: None }
    }

    /// Returns the session. A callback that is pending, or has panicked, is dropped.
    fn held(&mut self) -> &mut Held<H> {
        if self.held.is_none() {
            drop(self.running.take());
            self.held = handoff::take();
        }
        self.held.as_mut().expect("a coroutine returns the session, even if it is dropped")
    }
}

impl<H: Handler> Session for PooledSession<H> {
    fn local(&mut self) -> &mut Local {
        self.held().session.local()
    }

    fn keeps_driver(&self) -> bool {
        true
    }

    fn adopt(&mut self, driver: Driver) -> Option<Driver> {
        self.held().driver = Some(driver);
        None
    }

    fn release(&mut self) -> Option<Driver> {
        self.held().driver.take()
    }

    fn run<'s>(&'s mut self, _: Option<&'s mut Driver>) -> Running<'s> {
        Running::Polled(self, None)
    }

    fn failure(&mut self) -> Option<Terminate> {
        self.held().session.failure()
    }

    fn end(&mut self) {
        self.held().session.end();
    }

    fn terminate<'s>(&'s mut self, reason: &'s Arc<Terminate>) -> BoxFuture<'s, ()> {
        self.held().session.terminate(reason)
    }
}

impl<H: Handler> EventLoop for PooledSession<H> {
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
            let Some(mut held) = handoff::take::<Held<H>>() else { return Poll::Pending };
            if let Some(coroutine) = self.running.take() {
                held.pool.give(coroutine);
            }
            held.session.reply.outbox().release();
            let ended = held.ended.take();
            self.held = Some(held);
            if let Some(reason) = ended {
                return Poll::Ready(Err(*reason));
            }
        }
    }
}

impl<H: Handler> PooledSession<H> {
    /// Waits until there may be an event, and passes the session to a coroutine.
    #[inline]
    fn start(&mut self, task: &mut TaskContext<'_>) -> Result<(), Terminate> {
        let Some(held) = &mut self.held else { return Ok(()) };
        let Some(driver) = &mut held.driver else { return Ok(()) };
        let local = held.session.cx.local();
        if local.opened {
            match driver.poll_wait(task, local) {
                Poll::Pending => return Ok(()),
                Poll::Ready(lent) => held.lends = lent?.map(|buffer| driver.hold(buffer)).is_some(),
            }
        }
        self.running = Some(held.pool.take().unwrap_or_else(|| Box::pin(coroutine::<H>())));
        if let Some(held) = self.held.take() {
            handoff::put(held);
        }
        Ok(())
    }
}

/// Runs the callbacks of one connection after the other.
async fn coroutine<H: Handler>() -> Infallible {
    let mut returned = false;
    loop {
        let taking = poll_fn(|_| {
            // It is for the session to take now.
            if std::mem::take(&mut returned) { None } else { handoff::take::<Held<H>>() }
                .map_or(Poll::Pending, Poll::Ready)
        });
        let mut held = Returned(Some(taking.await));
        if let Err(reason) = run(&mut held).await {
            held.ended = Some(Box::new(reason));
        }
        returned = true;
    }
}

/// Runs callbacks until there is no event. The first call opens the connection.
async fn run<H: Handler>(held: &mut Held<H>) -> Result<(), Terminate> {
    let Held { session, driver: Some(driver), lends, .. } = held else { return Ok(()) };
    if !std::mem::replace(&mut session.cx.local().opened, true) {
        open(session, driver).await?;
    }
    let mut lent = std::mem::take(lends).then(|| driver.lend());
    let mut input = lent.as_mut().map(|buffer| Input::new(buffer.unread_mut()));
    let ended = run_callbacks(session, driver, input.as_mut()).await;
    let rest = input.map_or(0, |input| input.rest().len());
    if let Some(buffer) = lent {
        driver.keep(buffer, rest);
    }
    ended
}

/// The session of a coroutine, which goes back on drop: when all callbacks are over, after a panic, and when a pending
/// callback is dropped.
struct Returned<H: Handler>(Option<Box<Held<H>>>);

impl<H: Handler> Deref for Returned<H> {
    type Target = Held<H>;

    fn deref(&self) -> &Held<H> {
        self.0.as_deref().expect("it goes back on drop")
    }
}

impl<H: Handler> DerefMut for Returned<H> {
    fn deref_mut(&mut self) -> &mut Held<H> {
        self.0.as_deref_mut().expect("it goes back on drop")
    }
}

impl<H: Handler> Drop for Returned<H> {
    fn drop(&mut self) {
        if let Some(held) = self.0.take() {
            handoff::put(held);
        }
    }
}
