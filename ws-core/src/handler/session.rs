//! The session of a handler, and the loop that runs its callbacks if they may be pending: the only part of a connection
//! that is compiled for each handler.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};

use axum::response::Response;
use futures_util::future::BoxFuture;
use http::request::Parts;

use super::answering::Answering;
use super::app_handle::AppHandle;
use super::context::Context;
use super::handler::Handler;
use super::pooled::PooledSession;
use super::reply::Reply;
use super::upgrade::{Opened, Upgrade, UpgradeRequest};
use crate::connection::{
    Driver, End, Event, Lent, Local, MessageStream, Outbox, Running, Session, Whole, lets_callback_finish,
};
use crate::message::{Incoming, Terminate};
use crate::protocol::Input;

/// Runs the `init` of `H`.
pub(crate) fn init<H: Handler>(
    mut parts: Parts,
    upgrade: Box<UpgradeRequest>,
) -> BoxFuture<'static, Result<Opened, Response>> {
    Box::pin(async move {
        let mut upgrade = Upgrade::<H>::new(upgrade);
        let handler = H::init(&mut parts, &mut upgrade).await?;
        let session = |local: Local, app: AppHandle| HandlerSession {
            handler,
            cx: Context::new(local, app),
            reply: Reply::new(),
        };
        let request = upgrade.into_request();
        Ok(if H::AWAITS {
            request.accept(|local, app| PooledSession::new(session(local, app)))
        } else {
            request.accept(session)
        })
    })
}

pub(super) struct HandlerSession<H: Handler> {
    pub(super) handler: H,
    pub(super) cx: Context<H>,
    pub(super) reply: Reply,
}

impl<H: Handler> Session for HandlerSession<H> {
    fn local(&mut self) -> &mut Local {
        self.cx.local()
    }

    fn run<'s>(&'s mut self, driver: Option<&'s mut Driver>) -> Running<'s> {
        Running::Polled(self, driver)
    }

    fn failure(&mut self) -> Option<Terminate> {
        let end = self.reply.outbox().take_end()?;
        matches!(end, End::Failed(_)).then(|| end.into_terminate(self.cx.local().callback))
    }

    fn end(&mut self) {
        let app = self.cx.app();
        app.inner().end(&self.cx.local().connection);
    }

    fn terminate<'s>(&'s mut self, reason: &'s Arc<Terminate>) -> BoxFuture<'s, ()> {
        Box::pin(self.handler.terminate(reason, &mut self.cx))
    }
}

/// Runs a callback, and returns an error from the function around it if the connection ends. The second argument is the
/// rest of the buffer that the callback may borrow from. A function would move the callback's future once more.
macro_rules! call {
    ($driver:ident, $input:expr, $callback:expr) => {{
        let mut callback = pin!($callback);
        let mut lent = None;
        if let Err(reason) = Call::new($driver, $input, &mut lent, callback.as_mut()).await {
            return Err(Box::pin(end($driver, reason, callback)).await);
        }
    }};
}

/// Opens the connection.
pub(super) async fn open<H: Handler>(
    session: &mut HandlerSession<H>,
    driver: &mut Driver,
) -> Result<(), Terminate> {
    if H::OUTGOING {
        driver.show_outgoing();
    }
    if H::STREAMS_TEXT || H::STREAMS_BINARY {
        driver.stream_messages(H::STREAMS_TEXT, H::STREAMS_BINARY);
    }
    session.reply = Reply::of(Outbox::new(driver.sends_encoded()));
    let HandlerSession { handler, cx, reply } = session;
    cx.local().callback = "open";
    call!(driver, None, handler.open(cx, reply));
    if H::ERRORS
        && let Some(error) = reply.take_failure()
    {
        call!(driver, None, handler.error(error, cx, reply));
    }
    Ok(())
}

/// Calls a callback for each event. Payloads are borrowed from the buffer of `input`, if there is one.
pub(super) async fn run_callbacks<H: Handler>(
    HandlerSession { handler, cx, reply }: &mut HandlerSession<H>,
    driver: &mut Driver,
    mut input: Option<&mut Input<'_>>,
) -> Result<(), Terminate> {
    loop {
        let event = match &mut input {
            Some(input) => match driver.next_whole(input, cx.local(), reply.outbox())? {
                Whole::Message(message) => Some(Event::Message(message)),
                Whole::Nothing => None,
                Whole::Unknown => driver.next(input, cx.local(), reply.outbox()).await?,
            },
            None => driver.next_owned(cx.local(), reply.outbox()).await?,
        };
        let mut input = input.as_deref_mut();
        match streamed::<H>(event) {
            None => return Ok(()),
            Some(Event::Message(message)) => {
                call!(driver, input.as_deref_mut(), handler.message(message, cx, reply));
            }
            Some(Event::Stream(body)) => {
                if H::STREAMS_TEXT || H::STREAMS_BINARY {
                    call!(driver, input.as_deref_mut(), handler.stream(body, cx, reply));
                }
            }
            Some(Event::Info(info)) => {
                let info = *info.downcast().expect("infos are boxed as the handler's own type");
                call!(driver, input.as_deref_mut(), handler.info(info, cx, reply));
            }
            Some(Event::Outgoing(message)) => {
                if H::OUTGOING {
                    call!(driver, input.as_deref_mut(), handler.outgoing(message, cx, reply));
                }
            }
        }
        if H::ERRORS
            && let Some(error) = reply.take_failure()
        {
            let answering = Answering::begin(&error, reply);
            call!(driver, input, handler.error(error, cx, reply));
            answering.finish(reply);
        }
    }
}

/// Turns a message that arrived as a whole into a stream, if `H` receives its kind as one.
#[inline]
pub(super) fn streamed<H: Handler>(event: Option<Event<'_>>) -> Option<Event<'_>> {
    match event {
        Some(Event::Message(message))
            if H::STREAMS_TEXT && matches!(message, Incoming::Text(_))
                || H::STREAMS_BINARY && matches!(message, Incoming::Binary(_)) =>
        {
            Some(MessageStream::whole(message).map_or_else(Event::Message, Event::Stream))
        }
        event => event,
    }
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
pub(crate) struct Call<'c, 'b, F> {
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
