//! The session of a handler, and the loop that runs its callbacks if they may be pending: the only part of a connection
//! that is compiled for each handler. It has as few functions of its own as it can.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};

use axum::response::Response;
use futures_util::future::BoxFuture;
use http::request::Parts;

use super::answering::Answering;
use super::app_handle::AppHandle;
use super::context::Context;
use super::coroutines::Coroutine;
use super::handler::Handler;
use super::pooled::{Callbacks, Held, PooledSession, State, coroutine};
use super::reply::Reply;
use super::upgrade::{Opened, Upgrade, UpgradeRequest};
use crate::connection::{
    Driver, End, Event, Lent, Local, MessageStream, Outbox, Running, Session, lets_callback_finish,
};
use crate::message::{BoxError, Incoming, Terminate};
use crate::protocol::Input;

/// Runs the `init` of `H`.
pub(crate) fn init<H: Handler>(
    mut parts: Parts,
    upgrade: Box<UpgradeRequest>,
) -> BoxFuture<'static, Result<Opened, Response>> {
    Box::pin(async move {
        let mut upgrade = Upgrade::<H>::new(upgrade);
        let handler = match H::init(&mut parts, &mut upgrade).await {
            Ok(handler) => handler,
            Err(response) => return Err(response),
        };
        let (accepted, local, app) = upgrade.request.accept();
        let session = HandlerSession { handler, cx: Context::new(local, app), reply: Reply::new() };
        Ok(accepted.with(if H::AWAITS {
            Box::new(PooledSession::new(Box::new(Held { state: State::default(), session })))
        } else {
            Box::new(session)
        }))
    })
}

pub(super) struct HandlerSession<H: Handler> {
    pub(super) handler: H,
    pub(super) cx: Context<H>,
    pub(super) reply: Reply,
}

/// The parts of a session that do not depend on its handler.
pub(super) struct Base<'s> {
    pub(super) local: &'s mut Local,
    app: &'s AppHandle,
    reply: &'s mut Reply,
}

impl Base<'_> {
    pub(super) fn failure(self) -> Option<Terminate> {
        let end = self.reply.outbox().take_end()?;
        matches!(end, End::Failed(_)).then(|| end.into_terminate(self.local.callback))
    }

    pub(super) fn end(self) {
        self.app.inner().end(&self.local.connection);
    }
}

impl<H: Handler> Callbacks for HandlerSession<H> {
    fn base(&mut self) -> Base<'_> {
        Base { local: &mut self.cx.local, app: &self.cx.app, reply: &mut self.reply }
    }

    fn coroutine(&self) -> Coroutine {
        Box::pin(coroutine::<H>())
    }

    fn terminate<'s>(&'s mut self, reason: &'s Arc<Terminate>) -> BoxFuture<'s, ()> {
        Box::pin(self.handler.terminate(reason, &mut self.cx))
    }
}

impl<H: Handler> Session for HandlerSession<H> {
    fn local(&mut self) -> &mut Local {
        &mut self.cx.local
    }

    fn run<'s>(&'s mut self, driver: Option<&'s mut Driver>) -> Running<'s> {
        Running::Polled(self, driver)
    }

    fn failure(&mut self) -> Option<Terminate> {
        self.base().failure()
    }

    fn end(&mut self) {
        self.base().end();
    }

    fn terminate<'s>(&'s mut self, reason: &'s Arc<Terminate>) -> BoxFuture<'s, ()> {
        Callbacks::terminate(self, reason)
    }
}

/// Prepares the driver and the reply for the callbacks of a handler. `streams` are its constants for text and for binary
/// messages.
pub(super) fn prepare(driver: &mut Driver, reply: &mut Reply, outgoing: bool, streams: [bool; 2]) {
    if outgoing {
        driver.show_outgoing();
    }
    let [text, binary] = streams;
    if text || binary {
        driver.stream_messages(text, binary);
    }
    *reply = Reply::of(Outbox::new(driver.sends_encoded()));
}

/// The callback that is next.
enum Due<'b> {
    Open,
    Event(Event<'b>),
    Error(BoxError),
}

/// Calls a callback for each event, the first time `open`. Payloads are borrowed from the buffer of `input`, if there is
/// one.
pub(super) async fn run_callbacks<H: Handler>(
    session: &mut HandlerSession<H>,
    driver: &mut Driver,
    input: &mut Option<Input<'_>>,
) -> Result<(), Terminate> {
    let mut opens = !std::mem::replace(&mut session.cx.local.opened, true);
    if opens {
        prepare(driver, &mut session.reply, H::OUTGOING, [H::STREAMS_TEXT, H::STREAMS_BINARY]);
        session.cx.local.callback = "open";
    }
    loop {
        let mut due = if std::mem::take(&mut opens) {
            Due::Open
        } else {
            match driver.next(input, &mut session.cx.local, session.reply.outbox()).await? {
                None => return Ok(()),
                Some(event) if H::STREAMS_TEXT || H::STREAMS_BINARY => {
                    Due::Event(streamed(event, H::STREAMS_TEXT, H::STREAMS_BINARY))
                }
                Some(event) => Due::Event(event),
            }
        };
        let mut answering = None;
        loop {
            {
                let mut callback = pin!(call(session, due));
                let mut lent = None;
                if let Err(reason) = Call::new(driver, input.as_mut(), &mut lent, callback.as_mut()).await {
                    return Err(Box::pin(end(driver, reason, callback)).await);
                }
            }
            if !H::ERRORS || Answering::end(&mut answering, &mut session.reply) {
                break;
            }
            let Some(error) = session.reply.take_failure() else { break };
            answering = Some(Answering::begin(&error, &mut session.reply));
            due = Due::Error(error);
        }
    }
}

/// Calls one callback. It is one future for all of them, so that the code that polls it is compiled once for each handler.
async fn call<H: Handler>(session: &mut HandlerSession<H>, due: Due<'_>) {
    let HandlerSession { handler, cx, reply } = session;
    match due {
        Due::Event(Event::Message(message)) => handler.message(message, cx, reply).await,
        Due::Event(Event::Info(info)) => {
            let info = *info.downcast().expect("infos are boxed as the handler's own type");
            handler.info(info, cx, reply).await;
        }
        Due::Event(Event::Stream(body)) => handler.stream(body, cx, reply).await,
        Due::Event(Event::Outgoing(message)) => handler.outgoing(message, cx, reply).await,
        Due::Open => handler.open(cx, reply).await,
        Due::Error(error) => handler.error(error, cx, reply).await,
    }
}

/// Turns a message that arrived as a whole into a stream, if the handler receives its kind as one.
pub(super) fn streamed(event: Event<'_>, text: bool, binary: bool) -> Event<'_> {
    match event {
        Event::Message(message)
            if text && matches!(message, Incoming::Text(_))
                || binary && matches!(message, Incoming::Binary(_)) =>
        {
            MessageStream::whole(message).map_or_else(Event::Message, Event::Stream)
        }
        event => event,
    }
}

/// Returns the number of bytes that are not decoded yet.
pub(super) fn left(input: Option<&Input<'_>>) -> usize {
    input.map_or(0, |input| input.rest().len())
}

/// Closes the connection because it has ended while `callback` was pending, unless it was lost. Returns the reason again.
async fn end(
    driver: &mut Driver,
    reason: Terminate,
    callback: Pin<&mut (dyn Future<Output = ()> + Send)>,
) -> Terminate {
    if lets_callback_finish(&reason) { driver.close_beside(reason, callback).await } else { reason }
}

/// A running callback. While it is pending, the driver keeps its connection going.
struct Call<'c, 'b, F> {
    driver: &'c mut Driver,
    input: Option<&'c mut Input<'b>>,
    pended: bool,
    lent: &'c mut Option<Lent>,
    callback: Pin<&'c mut F>,
}

impl<'c, 'b, F> Call<'c, 'b, F> {
    const fn new(
        driver: &'c mut Driver,
        input: Option<&'c mut Input<'b>>,
        lent: &'c mut Option<Lent>,
        callback: Pin<&'c mut F>,
    ) -> Self {
        Self { driver, input, pended: false, lent, callback }
    }
}

impl<F: Future<Output = ()>> Future for Call<'_, '_, F> {
    type Output = Result<(), Terminate>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        match this.callback.as_mut().poll(task) {
            Poll::Ready(()) => {
                this.driver.copy_payloads(this.pended);
                Poll::Ready(Ok(()))
            }
            Poll::Pending => {
                this.pended = true;
                if this.input.is_some() {
                    this.lent.get_or_insert_with(Lent::new);
                }
                this.driver.pending(task, this.input.as_deref_mut())?;
                Poll::Pending
            }
        }
    }
}
