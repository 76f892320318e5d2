//! A handler with what its callbacks are given: what of a connection is compiled for each handler, and no more.

use std::convert::Infallible;
use std::sync::Arc;

use axum::response::Response;
use futures_util::future::BoxFuture;
use http::HeaderMap;
use http::request::Parts;

use super::call::{Boxed, Call, Carry, Inline, by_size};
use super::line::{Event, Line};
use crate::compression::Compression;
use crate::context::{self, Context};
use crate::handler::Handler;
use crate::handshake::extensions::Offer;
use crate::limits::Limits;
use crate::reply::Reply;
use crate::terminate::Terminate;
use crate::upgrade::{self, Upgrade};

/// A handler, whatever its type.
pub(crate) trait Session: Send {
    /// What its context holds.
    fn context(&mut self) -> &mut context::Inner;

    /// From `open` to whatever ends it: one thing at a time happens to a handler, and what it says back goes out before
    /// the next.
    fn converse<'s>(&'s mut self, line: &'s mut Line) -> BoxFuture<'s, Result<Infallible, Terminate>>;

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

    fn converse<'s>(&'s mut self, line: &'s mut Line) -> BoxFuture<'s, Result<Infallible, Terminate>> {
        // A conversation is as large as the largest callback's future: large ones are boxed while they run.
        by_size::<H, _, _>(
            (self, line),
            |(session, line)| Box::pin(converse::<H, Inline>(session, line)) as BoxFuture<'s, _>,
            |(session, line)| Box::pin(converse::<H, Boxed>(session, line)),
        )
    }

    fn terminate<'s>(&'s mut self, reason: &'s Arc<Terminate>) -> BoxFuture<'s, ()> {
        Box::pin(self.handler.terminate(reason, &mut self.cx))
    }
}

async fn converse<H: Handler, C: Carry>(
    Conversation { handler, cx, reply }: &mut Conversation<H>,
    line: &mut Line,
) -> Result<Infallible, Terminate> {
    if H::OUTGOING {
        line.ask_of_outgoing();
    }
    cx.inner().callback = "open";
    Call::new(line, C::carry(handler.open(cx, reply))).await?;
    loop {
        match line.next(cx.inner(), reply).await? {
            Event::Message(message) => Call::new(line, C::carry(handler.message(message, cx, reply))).await?,
            Event::Info(info) => {
                let info = *info.downcast().expect("infos are boxed as the handler's own type");
                Call::new(line, C::carry(handler.info(info, cx, reply))).await?;
            }
            Event::Outgoing(message) => {
                if H::OUTGOING {
                    Call::new(line, C::carry(handler.outgoing(message, cx, reply))).await?;
                }
            }
        }
    }
}
