//! The event loop of a handler whose callbacks are never pending. Each is over at its first poll, so the connection keeps
//! no future of a callback, and the loop is a plain function.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context as TaskContext, ready};

use super::handler::Handler;
use super::reply::Reply;
use super::session::HandlerSession;
use crate::connection::{Driver, Event, Outbox, Whole};
use crate::message::Terminate;
use crate::protocol::Input;

/// Runs the callbacks of a connection until it ends.
pub(super) fn run<H: Handler>(
    session: &mut HandlerSession<H>,
    driver: &mut Driver,
) -> impl Future<Output = Result<Infallible, Terminate>> + Send {
    let mut opened = false;
    poll_fn(move |task| {
        if !opened {
            opened = true;
            open(session, driver, task);
            run_callbacks(session, driver, task, None)?;
        }
        loop {
            match ready!(driver.poll_wait(task, session.cx.local()))? {
                None => run_callbacks(session, driver, task, None)?,
                Some(mut buffer) => {
                    let mut input = Input::new(buffer.unread_mut());
                    let ended = run_callbacks(session, driver, task, Some(&mut input));
                    let left = input.rest().len();
                    driver.keep(buffer, left);
                    ended?;
                }
            }
            session.reply.outbox().release();
        }
    })
}

fn open<H: Handler>(session: &mut HandlerSession<H>, driver: &mut Driver, task: &mut TaskContext<'_>) {
    if H::OUTGOING {
        driver.show_outgoing();
    }
    session.reply = Reply::of(Outbox::new(driver.sends_encoded()));
    let HandlerSession { handler, cx, reply } = session;
    cx.local().callback = "open";
    complete(handler.open(cx, reply), task);
}

/// Calls a callback for each event. Payloads are borrowed from the buffer of `input`, if there is one.
fn run_callbacks<H: Handler>(
    HandlerSession { handler, cx, reply }: &mut HandlerSession<H>,
    driver: &mut Driver,
    task: &mut TaskContext<'_>,
    mut input: Option<&mut Input<'_>>,
) -> Result<(), Terminate> {
    loop {
        let (local, outbox) = (cx.local(), reply.outbox());
        let event = match &mut input {
            Some(input) => match driver.next_whole(input, local, outbox)? {
                Whole::Message(message) => Some(Event::Message(message)),
                Whole::Nothing => None,
                Whole::Unknown => driver.next_in(task, input, local, outbox)?,
            },
            None => driver.next_owned_in(task, local, outbox)?,
        };
        match event {
            None => return Ok(()),
            Some(Event::Message(message)) => complete(handler.message(message, cx, reply), task),
            Some(Event::Info(info)) => {
                let info = *info.downcast().expect("infos are boxed as the handler's own type");
                complete(handler.info(info, cx, reply), task);
            }
            Some(Event::Outgoing(message)) => {
                if H::OUTGOING {
                    complete(handler.outgoing(message, cx, reply), task);
                }
            }
        }
    }
}

#[inline]
fn complete(callback: impl Future<Output = ()>, task: &mut TaskContext<'_>) {
    let over = pin!(callback).poll(task);
    assert!(over.is_ready(), "the callback is pending although `Handler::AWAITS` is `false`");
}

#[cfg(test)]
mod tests {
    use axum::response::Response;
    use http::request::Parts;

    use super::*;
    use crate::handler::Upgrade;

    /// A handler with a large state, which is not a part of the future.
    struct Large([u8; 4096]);

    impl Handler for Large {
        type Info = Infallible;

        const AWAITS: bool = false;

        async fn init(_: &mut Parts, _: &mut Upgrade<Self>) -> Result<Self, Response> {
            Ok(Self([0; 4096]))
        }

        async fn open(&mut self, _: &mut crate::handler::Context<Self>, reply: &mut Reply) {
            reply.binary(&self.0);
        }
    }

    const fn future_size<'f, H: Handler, F: Future>(
        _: fn(&'f mut HandlerSession<H>, &'f mut Driver) -> F,
    ) -> usize {
        size_of::<F>()
    }

    /// Every open connection keeps this future in a box. The event loop of a handler that may wait has at least 300 bytes.
    #[test]
    fn the_future_is_two_references_and_a_flag() {
        let size = future_size(run::<Large>);
        assert!(size <= 3 * size_of::<usize>(), "{size} bytes");
    }
}
