//! How an actor serves: what comes to its service, and which callback hears it.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::actor::{Actor, End, IDLE};
use super::contract::Service;
use super::control::Control;
use super::letter::{Joining, Leaving, Letter};
use super::member::Member;
use super::seat::Seat;
use crate::clock::later;
use crate::message::Message;
use crate::panics::contained;
use crate::shared::mailbox::ConnectionId;

impl<S: Service> Actor<S> {
    /// One thing after the other, in the order in which it came.
    pub(super) async fn serve(&mut self, rejoining: bool) -> End {
        if rejoining {
            self.rejoin().await;
        }
        let mut since = Instant::now();
        loop {
            let letter = match self.pending.take() {
                Some(leaving) => Some(Letter::Leave(leaving)),
                None => self.post.inbox.take(),
            };
            let control = match letter {
                Some(Letter::End) => return End::Drained,
                Some(letter) => self.hear(letter).await,
                // The time is looked at only when there is nothing to do.
                None => match self.idle {
                    None => {
                        self.callback = IDLE;
                        self.post.inbox.came().await;
                        continue;
                    }
                    Some(idle) => {
                        self.callback = IDLE;
                        if timeout_at(later(since, idle), self.post.inbox.came()).await.is_ok() {
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
            // An inbox that is never empty does not keep others of this runtime from their turn.
            tokio::task::consume_budget().await;
        }
    }

    fn service(&mut self) -> &mut S {
        self.service.as_mut().expect("a service is made before it serves")
    }

    async fn rejoin(&mut self) {
        self.callback = "rejoin";
        for member in self.post.members() {
            if let Err(close) = self.service().rejoin(&member).await {
                self.post.remove(member.id());
                member.end(close);
            }
        }
    }

    async fn hear(&mut self, letter: Letter) -> Control {
        match letter {
            Letter::Message(from, message) => self.incoming(from, message).await,
            Letter::Join(joining) => {
                self.join(*joining).await;
                Control::Continue
            }
            Letter::Leave(mut leaving) => match leaving.last.take() {
                // Kept aside: if its last message makes the service panic, the member has left all the same.
                Some(last) => {
                    let from = leaving.id;
                    self.pending = Some(leaving);
                    self.incoming(from, last).await
                }
                None => self.close(*leaving).await,
            },
            Letter::Info(info) => {
                self.callback = "info";
                let info = *info.downcast().expect("infos are boxed as the service's own type");
                self.service().info(info).await
            }
            Letter::Broadcast(message) => {
                self.callback = "broadcast";
                let message = *message.downcast().expect("broadcasts are boxed as the service's own type");
                self.service().broadcast(message).await
            }
            Letter::Early(_) | Letter::End => Control::Continue,
        }
    }

    async fn incoming(&mut self, from: ConnectionId, message: Message) -> Control {
        // One that was refused, as itself or when it was to join again, says nothing more.
        let Some(member) = self.post.member(from).filter(|member| !member.is_refused()) else {
            return Control::Continue;
        };
        self.callback = "incoming";
        self.service().incoming(&member, message).await
    }

    async fn join(&mut self, joining: Joining) {
        let Joining { asked, member, answer } = joining;
        if answer.is_closed() {
            return contained(move || drop((asked, member)));
        }
        self.callback = "join";
        let asked = *asked.downcast().expect("a service asks for its own type");
        let member: Member<S> = *member.downcast().expect("a member is one of its service");
        let answered = match self.service().join(asked, &member).await {
            Ok(kept) => {
                member.keep(kept);
                let seat = Seat::new(self.post.inbox.clone(), member.id());
                self.post.insert(member);
                answer.send(Ok(seat))
            }
            Err(response) => answer.send(Err(response)),
        };
        // If the client has left meanwhile, its seat says so in its turn.
        drop(answered);
    }

    async fn close(&mut self, leaving: Leaving) -> Control {
        let Leaving { id, reason, heard, .. } = leaving;
        // Held by the actor: should `close` panic, what is kept of the member is not dropped within that panic.
        self.gone = self.post.remove(id);
        let (Some(service), Some(member)) = (&mut self.service, &self.gone) else { return Control::Continue };
        self.callback = "close";
        let control = service.close(member, &reason).await;
        self.forget();
        drop(heard);
        control
    }

    /// Lets go of a member that has left.
    pub(super) fn forget(&mut self) {
        let gone = self.gone.take();
        contained(move || drop(gone));
    }
}
