//! The membership of a connection in a service: an ordinary connection, whose messages go to the service's inbox. Only
//! the handshake is compiled for each service.

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
use super::actor_message::{ActorMessage, Erased, Join, Leave};
use super::address::Address;
use super::inbox::{Inbox, Put};
use super::inbox_state::Status;
use super::member::Member;
use super::service::Service;
use super::service_key::ServiceKey;
use crate::connection::{ConnectionId, Driver, Event, Local, Outbox, Running, Session};
use crate::handler::AppHandle;
use crate::handler::upgrade::{Opened, Upgrade, UpgradeRequest};
use crate::handshake::rejection::Rejection;
use crate::message::{Incoming, Message, Terminate};
use crate::shared::panics::drop_each;

/// Asks service `S` to accept the client. Starts the service if it has not started.
pub(crate) fn init<S: Service>(
    mut parts: Parts,
    upgrade: Box<UpgradeRequest>,
) -> BoxFuture<'static, Result<Opened, Response>> {
    Box::pin(async move {
        let mut upgrade = Upgrade::<S>::new(upgrade);
        upgrade.echo_first_subprotocol();
        let asked = S::ask(&mut parts, &mut upgrade).await?;
        drop(parts);
        let upgrade = upgrade.request;
        // The `join` callback may read it.
        if let Some(name) = upgrade.subprotocol.clone() {
            upgrade.connection.request.set_subprotocol(name);
        }
        let app = upgrade.app.clone();
        let member = Member::<S>::new(upgrade.connection.clone(), app.clone());
        let (id, key) = (member.id(), upgrade.key.clone().map(ServiceKey));
        let (mut asked, mut member): (Erased, Erased) = (Box::new(asked), Box::new(member));
        let (request, address) = loop {
            let address = Address::<S>::of(app.inner(), key.as_ref());
            match JoinRequest::new(&address.inbox, id, asked, member) {
                Ok(request) => break (request, address),
                // The last service with this key ends. Its `terminate` may write what the next one reads.
                Err(refused) if key.is_some() => {
                    (asked, member) = (refused.asked, refused.member);
                    address.inbox.ended().await;
                }
                Err(_) => return Err(not_running()),
            }
        };
        // Checked after the join is queued: a start that fails meanwhile has either dropped the join, or has reset the
        // status by now.
        if address.inbox.status() == Status::Waiting {
            actor::start_late(address, app.inner(), &Handle::current());
        }
        accept(request, upgrade).await
    })
}

fn not_running() -> Response {
    Rejection::new(StatusCode::SERVICE_UNAVAILABLE, "the service is not running").into_response()
}

/// A client that waits until its join is answered.
struct JoinRequest {
    inbox: Arc<Inbox>,
    id: ConnectionId,
    answer: oneshot::Receiver<Result<(), Response>>,
    answered: bool,
}

impl JoinRequest {
    /// Returns the join again if the service has ended.
    fn new(inbox: &Arc<Inbox>, id: ConnectionId, asked: Erased, member: Erased) -> Result<Self, Box<Join>> {
        let (sender, answer) = oneshot::channel();
        match inbox.push(ActorMessage::Join(Box::new(Join { asked, member, answer: sender }))) {
            Err(ActorMessage::Join(join)) => Err(join),
            _ => Ok(Self { inbox: inbox.clone(), id, answer, answered: false }),
        }
    }

    async fn answer(mut self) -> Result<Membership, Response> {
        let answer = (&mut self.answer).await;
        self.answered = true;
        match answer {
            Ok(Ok(())) => Ok(Membership::new(self.inbox.clone(), self.id)),
            Ok(Err(response)) => Err(response),
            Err(_) if self.inbox.status() == Status::Up => {
                Err(StatusCode::INTERNAL_SERVER_ERROR.into_response())
            }
            Err(_) => Err(not_running()),
        }
    }
}

impl Drop for JoinRequest {
    /// The client left before its join was answered. If the join was accepted meanwhile, the member leaves. Otherwise
    /// the join can be removed from the inbox while the service is busy.
    fn drop(&mut self) {
        if self.answered {
            return;
        }
        self.answer.close();
        if let Ok(Ok(())) = self.answer.try_recv() {
            drop(Membership::new(self.inbox.clone(), self.id));
        } else {
            self.inbox.join_cancelled();
        }
    }
}

/// Completes the upgrade once the service has accepted the client. It is not generic, so it is compiled only once.
async fn accept(request: JoinRequest, upgrade: Box<UpgradeRequest>) -> Result<Opened, Response> {
    let membership = request.answer().await?;
    let (accepted, local, app) = upgrade.accept();
    let session = MemberSession { local, app, membership, message: None, outbox: Outbox::default() };
    Ok(accepted.with(Box::new(session)))
}

/// A member's place in its service, which accepted it. When it is dropped, the member leaves.
pub(super) struct Membership {
    inbox: Arc<Inbox>,
    id: ConnectionId,
    left: bool,
}

impl Membership {
    pub(super) const fn new(inbox: Arc<Inbox>, id: ConnectionId) -> Self {
        Self { inbox, id, left: false }
    }

    /// Notifies the service that the member's connection is about to expire.
    fn expires(&self, notice: Erased) {
        // A service that has ended closes the member anyway.
        drop_each(self.inbox.push(ActorMessage::Expiring(self.id, notice)).err());
    }

    fn leave(&mut self, last: Option<Message>, reason: Arc<Terminate>) -> Option<oneshot::Receiver<()>> {
        if std::mem::replace(&mut self.left, true) {
            return None;
        }
        let (done, handled) = oneshot::channel();
        let leave = Leave { id: self.id, last, reason, done };
        // A service that has ended has closed its members itself.
        drop(self.inbox.push(ActorMessage::Leave(Box::new(leave))));
        Some(handled)
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.leave(None, Arc::new(Terminate::Abandoned));
    }
}

/// The session of a member.
struct MemberSession {
    local: Local,
    app: AppHandle,
    membership: Membership,
    /// A message that waits for capacity in the inbox.
    message: Option<Message>,
    outbox: Outbox,
}

impl Session for MemberSession {
    fn last_callback(&self) -> &'static str {
        "close"
    }

    fn local(&mut self) -> &mut Local {
        &mut self.local
    }

    fn run<'s>(&'s mut self, driver: Option<&'s mut Driver>) -> Running<'s> {
        let driver = driver.expect("the task keeps the driver of this session");
        Running::Boxed(Box::pin(async move {
            // Messages go to another task.
            driver.copy_payloads(true);
            loop {
                while let Some(event) = driver.next(&mut None, &mut self.local, &mut self.outbox).await? {
                    match event {
                        Event::Message(message @ (Incoming::Text(_) | Incoming::Binary(_))) => {
                            self.deliver(message.into(), driver).await?;
                        }
                        // The only infos of a member's connection are notices of its expiry.
                        Event::Info(notice) => self.membership.expires(notice),
                        Event::Message(_) | Event::Stream(_) | Event::Outgoing(_) => {}
                    }
                }
                self.outbox.release();
                poll_fn(|task| driver.poll_wait(task, &mut self.local)).await?;
            }
        }))
    }

    fn end(&mut self) {
        self.app.inner().end(&self.local.connection);
    }

    fn terminate<'s>(&'s mut self, reason: &'s Arc<Terminate>) -> BoxFuture<'s, ()> {
        Box::pin(async move {
            // The connection counts as open until the service has handled its leave, so the limits of connections apply
            // to leaves too. A service that is stuck holds it no longer than the guard's limit.
            if let Some(handled) = self.membership.leave(self.message.take(), reason.clone()) {
                let _ = handled.await;
            }
        })
    }
}

impl MemberSession {
    /// Queues a message for the service.
    async fn deliver(&mut self, message: Message, driver: &mut Driver) -> Result<(), Terminate> {
        let Self { membership: Membership { inbox, id, .. }, message: waiting, local, .. } = self;
        let dropped = match inbox.put(*id, message) {
            Put::Queued { dropped } => dropped,
            Put::Dropped => 1,
            Put::Overflow => return Err(Terminate::Overflow),
            Put::Full(message) => {
                // The connection keeps running meanwhile and delivers the service's messages, of which there may be
                // many before the service handles this one.
                *waiting = Some(message);
                let mut putting = pin!(inbox.put_and_wait(*id, waiting));
                poll_fn(|task| match putting.as_mut().poll(task) {
                    Poll::Ready(()) => Poll::Ready(Ok::<(), Terminate>(())),
                    Poll::Pending => {
                        driver.pending_member(task)?;
                        Poll::Pending
                    }
                })
                .await?;
                0
            }
        };
        if dropped > 0 {
            local.connection.shared.stats.dropped(dropped);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::{Connection, Request};
    use crate::shared::limits::Limits;

    /// The answer is sent, and the client is gone before its handshake receives it.
    #[test]
    fn a_client_that_leaves_as_it_is_accepted_leaves_its_service() {
        let inbox = Arc::new(Inbox::new());
        let id = Connection::new(Arc::default(), Request::default(), Limits::default().mailbox()).id;
        let request = JoinRequest::new(&inbox, id, Box::new(()), Box::new(())).ok().unwrap();
        let Some(ActorMessage::Join(join)) = inbox.take() else { panic!("no join") };
        assert!(join.answer.send(Ok(())).is_ok());
        drop(request);
        assert!(matches!(inbox.take(), Some(ActorMessage::Leave(leave)) if leave.id == id));
        // One that was not accepted has nothing to leave.
        drop(JoinRequest::new(&inbox, id, Box::new(()), Box::new(())));
        assert!(matches!(inbox.take(), Some(message) if message.is_cancelled()));
        assert!(inbox.take().is_none());
    }
}
