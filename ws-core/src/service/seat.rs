//! A member's seat: an ordinary connection, whose messages go to the inbox of its service. All but the handshake is the
//! same code for every service.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use axum::response::{IntoResponse, Response};
use futures_util::future::BoxFuture;
use http::StatusCode;
use http::request::Parts;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::actor;
use super::contract::Service;
use super::inbox::{Inbox, Status};
use super::letter::{Erased, Joining, Leaving, Letter};
use super::member::Member;
use super::post::Post;
use super::room::Put;
use crate::connection::driver::{Driver, Event};
use crate::connection::session::{Opened, Session};
use crate::context;
use crate::handshake::rejection::Rejection;
use crate::incoming::Incoming;
use crate::message::Message;
use crate::reply::Reply;
use crate::shared::mailbox::ConnectionId;
use crate::terminate::Terminate;
use crate::upgrade::{self, Upgrade};

/// Asks service `S` to take in the client, and starts the service where nobody has.
pub(crate) fn init<S: Service>(
    mut parts: Parts,
    upgrade: Box<upgrade::Inner>,
) -> BoxFuture<'static, Result<Opened, Response>> {
    Box::pin(async move {
        let mut upgrade = Upgrade::<S>::new(upgrade);
        upgrade.echo_first_subprotocol();
        let asked = S::ask(&mut parts, &mut upgrade).await?;
        drop(parts);
        let upgrade = upgrade.into_inner();
        let shared = &upgrade.mailbox.shared;
        let post = Post::<S>::of(shared);
        let member = Member::<S>::new(upgrade.mailbox.clone(), &upgrade.request);
        let asking = Asking::new(&post.inbox, Box::new(asked), Box::new(member));
        // Only now: if a start that is under way fails, either its letter was there and is let go, or this is seen.
        if post.inbox.status() == Status::Waiting {
            actor::start_late::<S>(shared, &Handle::current());
        }
        take_seat(asking, upgrade).await
    })
}

/// A client that waits for its answer.
struct Asking {
    inbox: Arc<Inbox>,
    answered: oneshot::Receiver<Result<Seat, Response>>,
    over: bool,
}

impl Asking {
    fn new(inbox: &Arc<Inbox>, asked: Erased, member: Erased) -> Self {
        let (answer, answered) = oneshot::channel();
        drop(inbox.push(Letter::Join(Box::new(Joining { asked, member, answer }))));
        Self { inbox: inbox.clone(), answered, over: false }
    }

    async fn answer(mut self) -> Result<Seat, Response> {
        let answered = (&mut self.answered).await;
        self.over = true;
        match answered {
            Ok(answer) => answer,
            Err(_) if self.inbox.status() == Status::Up => {
                Err(StatusCode::INTERNAL_SERVER_ERROR.into_response())
            }
            Err(_) => {
                let why = "this service is down";
                Err(Rejection::new(StatusCode::SERVICE_UNAVAILABLE, why).into_response())
            }
        }
    }
}

impl Drop for Asking {
    /// The client has left: its letter is not to be there for as long as the service is busy.
    fn drop(&mut self) {
        if !self.over {
            self.answered.close();
            self.inbox.forsaken();
        }
    }
}

async fn take_seat(asking: Asking, upgrade: Box<upgrade::Inner>) -> Result<Opened, Response> {
    let seat = asking.answer().await?;
    let upgrade::Inner { mailbox, request, limits, headers, extensions, compression, .. } = *upgrade;
    let cx = context::Inner::new(mailbox, request);
    let session = Box::new(Seated { cx, seat, message: None, reply: Reply::new() });
    Ok(Opened { session, limits, headers, extensions, compression })
}

/// One that a `join` has given away. Dropped without a word, it says that the client left during the handshake.
pub(super) struct Seat {
    inbox: Arc<Inbox>,
    id: ConnectionId,
    left: bool,
}

impl Seat {
    pub(super) fn new(inbox: Arc<Inbox>, id: ConnectionId) -> Self {
        Self { inbox, id, left: false }
    }

    /// Tells the service, once; the receiver resolves when it has heard.
    fn leave(&mut self, last: Option<Message>, reason: Arc<Terminate>) -> Option<oneshot::Receiver<()>> {
        if std::mem::replace(&mut self.left, true) {
            return None;
        }
        let (heard, hearing) = oneshot::channel();
        let leaving = Leaving { id: self.id, last, reason, heard };
        // One that has ended has closed its members itself.
        drop(self.inbox.push(Letter::Leave(Box::new(leaving))));
        Some(hearing)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.leave(None, Arc::new(Terminate::Abandoned));
    }
}

struct Seated {
    cx: context::Inner,
    seat: Seat,
    /// One that waits for room in the inbox.
    message: Option<Message>,
    reply: Reply,
}

impl Session for Seated {
    fn context(&mut self) -> &mut context::Inner {
        &mut self.cx
    }

    fn run<'s>(&'s mut self, driver: &'s mut Driver) -> BoxFuture<'s, Result<Infallible, Terminate>> {
        Box::pin(async move {
            // They go to another task.
            driver.copy_payloads(true);
            loop {
                while let Some(event) = driver.next_owned(&mut self.cx, &mut self.reply).await? {
                    if let Event::Message(message @ (Incoming::Text(_) | Incoming::Binary(_))) = event {
                        self.pass_on(message.into(), driver).await?;
                    }
                }
                driver.wait(&mut self.cx, &mut self.reply).await?;
            }
        })
    }

    fn terminate<'s>(&'s mut self, reason: &'s Arc<Terminate>) -> BoxFuture<'s, ()> {
        Box::pin(async move {
            // The connection is over when its service has heard of it, so that those that have yet to be heard of are
            // bounded as connections are.
            if let Some(heard) = self.seat.leave(self.message.take(), reason.clone()) {
                let _ = heard.await;
            }
        })
    }
}

impl Seated {
    async fn pass_on(&mut self, message: Message, driver: &mut Driver) -> Result<(), Terminate> {
        let Self { seat: Seat { inbox, id, .. }, message: waiting, cx, .. } = self;
        let dropped = match inbox.put(*id, message) {
            Put::In { dropped } => dropped,
            Put::Dropped => 1,
            Put::Overflow => return Err(Terminate::Overflow),
            Put::Full(message) => {
                // Meanwhile the connection goes on, and what the service sends to it goes out: it may have much to say
                // before it comes to this message.
                *waiting = Some(message);
                let mut putting = pin!(inbox.put_in_time(*id, waiting));
                poll_fn(|task| match putting.as_mut().poll(task) {
                    Poll::Ready(()) => Poll::Ready(Ok(())),
                    Poll::Pending => driver.poll_pending_with_mail(task).map(Err),
                })
                .await?;
                0
            }
        };
        if dropped > 0 {
            cx.mailbox.shared.stats.dropped(dropped);
        }
        Ok(())
    }
}
