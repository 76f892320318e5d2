//! A handler with what its callbacks are given: what of a connection is compiled for each handler, and no more.

use std::convert::Infallible;
use std::sync::Arc;

use axum::response::Response;
use futures_util::future::BoxFuture;
use http::HeaderMap;
use http::request::Parts;

use super::call::{Boxed, Call, Carry, Inline, by_size};
use super::driver::{Driver, Event};
use super::io::ReadBuffer;
use crate::compression::Compression;
use crate::context::{self, Context};
use crate::handler::Handler;
use crate::handshake::extensions::Offer;
use crate::limits::Limits;
use crate::protocol::Input;
use crate::reply::Reply;
use crate::terminate::Terminate;
use crate::upgrade::{self, Upgrade};

/// A handler, whatever its type.
pub(crate) trait Session: Send {
    /// What its context holds.
    fn context(&mut self) -> &mut context::Inner;

    /// From `open` to whatever ends the connection: one callback at a time, and what it returned is queued before the next
    /// one begins.
    fn run<'s>(&'s mut self, driver: &'s mut Driver) -> BoxFuture<'s, Result<Infallible, Terminate>>;

    /// Runs its `terminate`. The reason is shared: a service hears it in a task of its own.
    fn terminate<'s>(&'s mut self, reason: &'s Arc<Terminate>) -> BoxFuture<'s, ()>;
}

/// What came of an `init` that succeeded.
pub(crate) struct Opened {
    pub(crate) session: Box<dyn Session>,
    pub(crate) limits: Limits,
    pub(crate) headers: HeaderMap,
    pub(crate) extensions: Vec<Offer>,
    pub(crate) compression: Option<Compression>,
}

/// An `init`, of whichever handler.
pub(crate) type Init = fn(Parts, Box<upgrade::Inner>) -> BoxFuture<'static, Result<Opened, Response>>;

/// Runs the `init` of `H`.
pub(crate) fn init<H: Handler>(
    mut parts: Parts,
    upgrade: Box<upgrade::Inner>,
) -> BoxFuture<'static, Result<Opened, Response>> {
    Box::pin(async move {
        let mut upgrade = Upgrade::<H>::new(upgrade);
        let handler = H::init(&mut parts, &mut upgrade).await?;
        let upgrade::Inner { mailbox, request, limits, headers, extensions, compression, .. } =
            *upgrade.into_inner();
        let cx = Context::new(context::Inner::new(mailbox, request));
        let session = Box::new(Conversation { handler, cx, reply: Reply::new() });
        Ok(Opened { session, limits, headers, extensions, compression })
    })
}

struct Conversation<H: Handler> {
    handler: H,
    cx: Context<H>,
    reply: Reply,
}

impl<H: Handler> Session for Conversation<H> {
    fn context(&mut self) -> &mut context::Inner {
        self.cx.inner()
    }

    fn run<'s>(&'s mut self, driver: &'s mut Driver) -> BoxFuture<'s, Result<Infallible, Terminate>> {
        // This future is as large as the largest callback's: large ones are boxed while they run.
        by_size::<H, _, _>(
            (self, driver),
            |(session, driver)| Box::pin(run::<H, Inline>(session, driver)) as BoxFuture<'s, _>,
            |(session, driver)| Box::pin(run::<H, Boxed>(session, driver)),
        )
    }

    fn terminate<'s>(&'s mut self, reason: &'s Arc<Terminate>) -> BoxFuture<'s, ()> {
        Box::pin(self.handler.terminate(reason, &mut self.cx))
    }
}

async fn run<H: Handler, C: Carry>(
    conversation: &mut Conversation<H>,
    driver: &mut Driver,
) -> Result<Infallible, Terminate> {
    if H::OUTGOING {
        driver.show_outgoing();
    }
    conversation.reply = Reply::for_connection(driver.sends_encoded());
    let Conversation { handler, cx, reply } = conversation;
    cx.inner().callback = "open";
    Call::new(driver, None, C::carry(handler.open(cx, reply))).await?;
    let mut buffer = None;
    loop {
        match &mut buffer {
            None => {
                while let Some(event) =
                    driver.next_owned(conversation.cx.inner(), &mut conversation.reply).await?
                {
                    dispatch::<H, C>(conversation, driver, None, event).await?;
                }
            }
            Some(lent) => {
                let lent: &mut ReadBuffer = lent;
                let mut input = Input::new(lent.unread_mut());
                let turn = loop {
                    match driver.next(&mut input, conversation.cx.inner(), &mut conversation.reply).await {
                        // Most events are messages.
                        Ok(Some(Event::Message(message))) => {
                            let Conversation { handler, cx, reply } = conversation;
                            let callback = C::carry(handler.message(message, cx, reply));
                            let called = Call::new(driver, Some(&mut input), callback).await;
                            if called.is_err() {
                                break called;
                            }
                        }
                        Ok(Some(event)) => {
                            let called =
                                dispatch::<H, C>(conversation, driver, Some(&mut input), event).await;
                            if called.is_err() {
                                break called;
                            }
                        }
                        ended => break ended.map(drop),
                    }
                };
                let rest = input.rest().len();
                driver.keep(std::mem::take(lent), rest);
                turn?;
            }
        }
        // Nothing of the last buffer may live on while the connection is idle.
        drop(buffer);
        buffer = driver.wait(conversation.cx.inner(), &mut conversation.reply).await?;
    }
}

/// Calls the callback that an event is for.
async fn dispatch<H: Handler, C: Carry>(
    Conversation { handler, cx, reply }: &mut Conversation<H>,
    driver: &mut Driver,
    input: Option<&mut Input<'_>>,
    event: Event<'_>,
) -> Result<(), Terminate> {
    match event {
        Event::Message(message) => {
            Call::new(driver, input, C::carry(handler.message(message, cx, reply))).await
        }
        Event::Info(info) => {
            let info = *info.downcast().expect("infos are boxed as the handler's own type");
            Call::new(driver, input, C::carry(handler.info(info, cx, reply))).await
        }
        Event::Outgoing(message) if H::OUTGOING => {
            Call::new(driver, input, C::carry(handler.outgoing(message, cx, reply))).await
        }
        Event::Outgoing(_) => Ok(()),
    }
}
