//! The event loop of an actor: each message calls a callback of its service.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::actor::{Actor, End, IDLE};
use super::actor_message::{ActorMessage, Join, Leave};
use super::control::Control;
use super::member::Member;
use super::membership::Membership;
use super::service::Service;
use crate::connection::ConnectionId;
use crate::message::Message;
use crate::shared::clock::later;
use crate::shared::panics::catch_and_log;

impl<S: Service> Actor<S> {
    /// Handles the messages one by one, in order.
    pub(super) async fn serve(&mut self, rejoining: bool) -> End {
        if rejoining {
            self.rejoin().await;
        }
        let mut since = Instant::now();
        loop {
            let message = match self.pending.take() {
                Some(leave) => Some(ActorMessage::Leave(leave)),
                None => self.address.inbox.take(),
            };
            let control = match message {
                Some(ActorMessage::End) => return End::Drained,
                Some(message) => self.handle(message).await,
                // The idle timeout is checked only when there is nothing to do.
                None => match self.idle {
                    None => {
                        self.callback = IDLE;
                        self.address.inbox.not_empty().await;
                        continue;
                    }
                    Some(idle) => {
                        self.callback = IDLE;
                        if timeout_at(later(since, idle), self.address.inbox.not_empty()).await.is_ok() {
                            continue;
                        }
                        self.callback = "timeout";
                        self.service().timeout().await
                    }
                },
            };
            match control {
                Control::Continue => {}
                Control::Timeout(after) => self.idle = (after != Duration::MAX).then_some(after),
                Control::Stop(reason) => return End::Stop(reason),
            }
            if self.idle.is_some() {
                since = Instant::now();
            }
            // An inbox that is never empty must not starve the other tasks of this runtime.
            tokio::task::consume_budget().await;
        }
    }

    fn service(&mut self) -> &mut S {
        self.service.as_mut().expect("a service is made before it serves")
    }

    async fn rejoin(&mut self) {
        self.callback = "rejoin";
        for member in self.address.members() {
            if let Err(close) = self.service().rejoin(&member).await {
                self.address.remove(member.id());
                member.end(close);
            }
        }
    }

    async fn handle(&mut self, message: ActorMessage) -> Control {
        match message {
            ActorMessage::Message(from, message) => self.incoming(from, message).await,
            ActorMessage::Join(join) => {
                self.join(*join).await;
                Control::Continue
            }
            ActorMessage::Leave(mut leave) => match leave.last.take() {
                // Stored in the actor: the member leaves even if its last message makes the service panic.
                Some(last) => {
                    let from = leave.id;
                    self.pending = Some(leave);
                    self.incoming(from, last).await
                }
                None => self.close(*leave).await,
            },
            ActorMessage::Info(info) => {
                self.callback = "info";
                let info = *info.downcast().expect("infos are boxed as the service's own type");
                self.service().info(info).await
            }
            ActorMessage::Broadcast(message) => {
                self.callback = "broadcast";
                let message = *message.downcast().expect("broadcasts are boxed as the service's own type");
                self.service().broadcast(message).await
            }
            ActorMessage::Early(_) | ActorMessage::End => Control::Continue,
        }
    }

    async fn incoming(&mut self, from: ConnectionId, message: Message) -> Control {
        // Messages of a member that is closing because of a bad payload are dropped.
        let Some(member) = self.address.member(from).filter(|member| !member.is_refused()) else {
            return Control::Continue;
        };
        self.callback = "incoming";
        self.service().incoming(&member, message).await
    }

    async fn join(&mut self, join: Join) {
        let Join { asked, member, answer } = join;
        if answer.is_closed() {
            return catch_and_log(move || drop((asked, member)));
        }
        self.callback = "join";
        let asked = *asked.downcast().expect("a service asks for its own type");
        let member: Member<S> = *member.downcast().expect("a member is one of its service");
        match self.service().join(asked, &member).await {
            Ok(kept) => {
                member.keep(kept);
                let id = member.id();
                self.address.insert(member);
                if answer.send(Ok(())).is_err() {
                    // The client has left meanwhile, so a leave of the member is queued.
                    drop(Membership::new(self.address.inbox.clone(), id));
                }
            }
            Err(response) => drop(answer.send(Err(response))),
        }
    }

    async fn close(&mut self, leave: Leave) -> Control {
        let Leave { id, reason, done, .. } = leave;
        // Stored in the actor, so that a panic of `close` does not drop the member's kept value during unwinding.
        self.gone = self.address.remove(id);
        let (Some(service), Some(member)) = (&mut self.service, &self.gone) else { return Control::Continue };
        self.callback = "close";
        let control = service.close(member, &reason).await;
        self.drop_member();
        drop(done);
        control
    }

    /// Drops a member that has left.
    pub(super) fn drop_member(&mut self) {
        let gone = self.gone.take();
        catch_and_log(move || drop(gone));
    }
}
