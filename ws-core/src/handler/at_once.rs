//! The event loop of a handler whose callbacks are never pending. Each is over at its first poll, so the connection keeps
//! no future, and the loop is a plain function.

use std::convert::Infallible;
use std::pin::pin;
use std::task::{Context as TaskContext, Poll, ready};

use super::answering::Answering;
use super::context::Context;
use super::handler::Handler;
use super::reply::Reply;
use super::session::{HandlerSession, left, prepare, streamed};
use crate::connection::{Driver, Event, EventLoop};
use crate::message::Terminate;
use crate::protocol::Input;

impl<H: Handler> EventLoop for HandlerSession<H> {
    fn poll(
        &mut self,
        driver: Option<&mut Driver>,
        task: &mut TaskContext<'_>,
    ) -> Poll<Result<Infallible, Terminate>> {
        let driver = driver.expect("the task keeps the driver of this session");
        if !std::mem::replace(&mut self.cx.local.opened, true) {
            open(self, driver, task);
            run_callbacks(self, driver, task, &mut None)?;
        }
        loop {
            match ready!(driver.poll_wait(task, &mut self.cx.local))? {
                None => run_callbacks(self, driver, task, &mut None)?,
                Some(mut buffer) => {
                    let mut input = Some(Input::new(buffer.unread_mut()));
                    let ended = run_callbacks(self, driver, task, &mut input);
                    let left = left(input.as_ref());
                    driver.keep(buffer, left);
                    ended?;
                }
            }
            self.reply.outbox().release();
        }
    }
}

fn open<H: Handler>(session: &mut HandlerSession<H>, driver: &mut Driver, task: &mut TaskContext<'_>) {
    prepare(driver, &mut session.reply, H::OUTGOING, [H::STREAMS_TEXT, H::STREAMS_BINARY]);
    let HandlerSession { handler, cx, reply } = session;
    cx.local.callback = "open";
    complete(handler.open(cx, reply), task);
    handle_error(handler, cx, reply, task);
}

/// Passes the error of the callback that has just returned to the handler.
#[inline]
fn handle_error<H: Handler>(
    handler: &mut H,
    cx: &mut Context<H>,
    reply: &mut Reply,
    task: &mut TaskContext<'_>,
) {
    if H::ERRORS
        && let Some(error) = reply.take_failure()
    {
        let answering = Answering::begin(&error, reply);
        complete(handler.error(error, cx, reply), task);
        answering.finish(reply);
    }
}

/// Calls a callback for each event. Payloads are borrowed from the buffer of `input`, if there is one.
fn run_callbacks<H: Handler>(
    HandlerSession { handler, cx, reply }: &mut HandlerSession<H>,
    driver: &mut Driver,
    task: &mut TaskContext<'_>,
    input: &mut Option<Input<'_>>,
) -> Result<(), Terminate> {
    while let Some(event) = driver.next_in(task, input, &mut cx.local, reply.outbox())? {
        let event = if H::STREAMS_TEXT || H::STREAMS_BINARY {
            streamed(event, H::STREAMS_TEXT, H::STREAMS_BINARY)
        } else {
            event
        };
        match event {
            Event::Message(message) => complete(handler.message(message, cx, reply), task),
            Event::Stream(body) => {
                if H::STREAMS_TEXT || H::STREAMS_BINARY {
                    complete(handler.stream(body, cx, reply), task);
                }
            }
            Event::Info(info) => {
                let info = *info.downcast().expect("infos are boxed as the handler's own type");
                complete(handler.info(info, cx, reply), task);
            }
            Event::Outgoing(message) => {
                if H::OUTGOING {
                    complete(handler.outgoing(message, cx, reply), task);
                }
            }
        }
        handle_error(handler, cx, reply, task);
    }
    Ok(())
}

#[inline]
fn complete(callback: impl Future<Output = ()>, task: &mut TaskContext<'_>) {
    let over = pin!(callback).poll(task);
    assert!(over.is_ready(), "the callback is pending although `Handler::AWAITS` is `false`");
}
