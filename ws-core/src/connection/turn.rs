//! A turn of the line between two callbacks.

use std::future::poll_fn;

use super::line::{Arrival, Event, Line};
use crate::context;
use crate::reply::{End, Reply};
use crate::terminate::{Failed, Terminate};

impl Line {
    /// Carries out what a callback asked for, then waits for what the next one is to hear.
    pub(crate) async fn next(
        &mut self,
        cx: &mut context::Inner,
        reply: &mut Reply,
    ) -> Result<Event, Terminate> {
        loop {
            if cx.take_commanded() {
                poll_fn(|task| self.poll_commands(task)).await?;
            }
            if reply.has_messages() {
                poll_fn(|task| self.poll_send(task, reply)).await?;
            }
            if let Some(end) = reply.take_end() {
                return Err(ended(end, cx.callback));
            }
            if reply.take_hibernate() {
                self.hibernate();
                reply.shrink();
            }
            match poll_fn(|task| self.poll_arrival(task, &mut cx.timers)).await? {
                Arrival::Event(event) => {
                    cx.callback = match event {
                        Event::Message(_) => "message",
                        Event::Info(_) => "info",
                        Event::Outgoing(_) => "outgoing",
                    };
                    return Ok(event);
                }
                Arrival::Send(message) => reply.push(message),
                Arrival::Post(post) => poll_fn(|task| self.poll_post(task, &post)).await?,
            }
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
