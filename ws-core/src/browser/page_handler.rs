//! The default handler of pages, at `/websocket`: it attaches a connection to its page session, and calls the `#[message]`
//! functions.

use std::pin::pin;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use futures_util::future::poll_immediate;
use http::request::Parts;

use super::extract::opening;
use super::page_call::reject_text;
use super::page_message::PageMessages;
use crate::event::{PONG, is_reserved};
use crate::handler::{Context, Handler, InfoFor, Reply, Upgrade};
use crate::message::{CloseCode, Incoming, Reason, Text};
use crate::page::attachment::{GAP, PROTOCOL_ERROR};
use crate::page::opening::NoPage;
use crate::page::wire::{ACK, ClientMessage, HELLO, Hello, PING, ack};
use crate::page::{Asked, PageRegistry, PageSession, Received};

/// Messages that arrive within this time are acknowledged together.
const BURST: Duration = Duration::from_millis(10);

/// The handler of one connection.
pub(crate) struct PageHandler {
    page: PageSession,
    resumed: bool,
    messages: PageMessages,
    greeting: Greeting,
    /// An acknowledgement follows.
    acknowledges: bool,
    /// All functions of earlier connections have ended.
    in_turn: bool,
}

/// How far the greeting is.
enum Greeting {
    /// The client makes no page id of its own, so no hello is awaited.
    Unasked,
    /// The hello is awaited, for a limited time.
    Awaited,
    Done,
}

/// An info of the handler itself: the messages that were received are acknowledged now.
pub(crate) struct Acknowledge;

impl InfoFor<PageHandler> for Acknowledge {
    fn into_info(self) -> Self {
        self
    }
}

impl Handler for PageHandler {
    type Info = Acknowledge;

    async fn init(parts: &mut Parts, upgrade: &mut Upgrade<Self>) -> Result<Self, Response> {
        let opening = opening(parts).map_err(IntoResponse::into_response)?;
        let asked = Asked::of(&parts.uri).map_err(|why| NoPage::from(why).into_response())?;
        let (page, resumed) = opening.open(asked).map_err(IntoResponse::into_response)?;
        let greeting = match asked {
            Some(_) => Greeting::Awaited,
            None => Greeting::Unasked,
        };
        let messages = upgrade.options().cloned().unwrap_or_default();
        Ok(Self { page, resumed, messages, greeting, acknowledges: false, in_turn: false })
    }

    async fn open(&mut self, cx: &mut Context<Self>, _: &mut Reply) {
        if let Greeting::Unasked = self.greeting {
            self.greet(&Hello::default(), cx);
        }
    }

    async fn message(&mut self, message: Incoming<'_>, cx: &mut Context<Self>, reply: &mut Reply) {
        let text = match &message {
            Incoming::Text(text) => &**text,
            Incoming::Binary(_) => {
                cx.close(CloseCode::UNSUPPORTED, Reason::from_static("a page sends text"));
                return;
            }
            Incoming::Pong(payload) => {
                PageRegistry::answered(&self.page, &cx.local().connection, payload);
                return;
            }
            Incoming::Ping(_) => return,
        };
        let message = match ClientMessage::read(text) {
            Ok(message) => message,
            Err(problem) => return reject_text(&problem, reply),
        };
        match message.name() {
            HELLO => return self.hello(&message.into_hello(), cx),
            ACK => {
                let connection = cx.local().connection.clone();
                PageRegistry::acknowledged(&self.page, &connection, message.seq.unwrap_or(0));
                return;
            }
            PING => return reply.text(PONG),
            // A later version of the protocol may have more.
            name if is_reserved(name) => return,
            _ => {}
        }
        if let Greeting::Awaited = self.greeting {
            cx.close(PROTOCOL_ERROR, Reason::from_static("`ws:hello` is the first message"));
            return;
        }
        // The function of an earlier connection may go on.
        let connection = cx.local().connection.id;
        if !self.in_turn {
            PageRegistry::finished(&self.page, connection).await;
            self.in_turn = true;
        }
        if let Some(seq) = message.seq {
            let received = PageRegistry::receive(&self.page, connection, seq);
            if received == Received::Gap {
                cx.close(PROTOCOL_ERROR, GAP);
                return;
            }
            self.acknowledge(cx);
            if received != Received::Next {
                return;
            }
        }
        let Self { page, messages, .. } = self;
        let app = cx.app();
        let pending = || _ = cx.send(ack(PageRegistry::received(page)));
        let mut answer = pin!(messages.receive(message, text, page, app, reply, pending));
        if poll_immediate(answer.as_mut()).await.is_none() {
            let _busy = PageRegistry::busy(page, connection);
            answer.await;
        }
    }

    async fn info(&mut self, _: Acknowledge, cx: &mut Context<Self>, _: &mut Reply) {
        self.acknowledges = false;
        cx.send(ack(PageRegistry::received(&self.page)));
    }
}

impl PageHandler {
    fn hello(&mut self, hello: &Hello, cx: &mut Context<Self>) {
        if let Greeting::Awaited = self.greeting {
            self.greet(hello, cx);
        }
    }

    fn greet(&mut self, hello: &Hello, cx: &mut Context<Self>) {
        self.greeting = Greeting::Done;
        let connection = cx.local().connection.clone();
        // It goes out before the mail, which has the rest of the greeting.
        let mut push = |text: Text| _ = cx.send(text);
        self.page.registry().greet(&self.page, &connection, self.resumed, hello, &mut push);
    }

    /// Acknowledges the messages of a burst together.
    fn acknowledge(&mut self, cx: &mut Context<Self>) {
        if !std::mem::replace(&mut self.acknowledges, true) {
            cx.notify_after(BURST, Acknowledge);
        }
    }
}
