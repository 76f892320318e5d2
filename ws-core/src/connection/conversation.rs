//! The conversation: one thing at a time happens to a handler, and what it says back goes out before the next.

use std::convert::Infallible;
use std::future::poll_fn;

use super::call::{Call, Carry};
use super::guard::Session;
use super::line::{Event, Line};
use crate::handler::Handler;
use crate::reply::End;
use crate::terminate::{Failed, Terminate};

/// From `open` to whatever ends it.
pub(super) async fn converse<H: Handler, C: Carry>(
    session: &mut Session<H>,
    line: &mut Line,
) -> Result<Infallible, Terminate> {
    let Session { handler, cx, reply, mailbox, .. } = session;
    cx.callback = "open";
    Call::new(line, C::carry(handler.open(cx, reply))).await?;
    loop {
        if cx.take_commanded() {
            poll_fn(|task| line.poll_commands(task)).await?;
        }
        if reply.has_messages() {
            poll_fn(|task| line.poll_send(task, reply)).await?;
        }
        if let Some(end) = reply.take_end() {
            return Err(ended(end, cx.callback));
        }
        if reply.take_hibernate() {
            line.hibernate();
            reply.shrink();
            mailbox.shrink();
            mailbox.desk.shrink();
        }
        match poll_fn(|task| line.poll_event(task, mailbox, &mut cx.timers)).await? {
            Event::Message(message) => {
                cx.callback = "message";
                Call::new(line, C::carry(handler.message(message, cx, reply))).await?;
            }
            Event::Info(info) => {
                cx.callback = "info";
                Call::new(line, C::carry(handler.info(info, cx, reply))).await?;
            }
            Event::Send(message) => reply.push(message),
        }
    }
}

fn ended(end: End, callback: &'static str) -> Terminate {
    match end {
        End::Close(close) => Terminate::Stop(close),
        End::CloseAs(reason) => Terminate::StopAs(reason),
        End::Failed(error) => Terminate::Failed(Failed { callback, error }),
        End::Refused(bad) => Terminate::BadEncoding(bad.to_string()),
    }
}
