//! The event loop of an actor: each message calls a callback of its service.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Weak};
use std::time::Duration;

use axum::response::IntoResponse;
use futures_util::FutureExt;
use tokio::time::{Instant, timeout_at};

use super::actor_message::{ActorMessage, Erased, Join, Leave};
use super::address::Address;
use super::control::Control;
use super::incarnation::{Incarnation, OwnEvent, OwnMessage};
use super::linger::Lingering;
use super::member::Member;
use super::member_expiring;
use super::membership::Membership;
use super::service::Service;
use super::shutdown::Shutdown;
use crate::connection::{ConnectionId, Infos};
use crate::handler::AppHandle;
use crate::message::{BoxError, Close, CloseCode, Message, Panic, StopReason, Terminate};
use crate::shared::callbacks::timed_out;
use crate::shared::clock::later;
use crate::shared::panics::{self, catch_and_log, drop_each};

/// Stands for the callback's name while none runs.
const IDLE: &str = "";

/// The event loop begins once the service is made.
const MADE: &str = "a service is made before it serves";

/// The shortest idle timeout: a service without events must not keep its thread busy.
const SHORTEST_TIMEOUT: Duration = Duration::from_millis(10);

/// The reason why the event loop ends.
pub(super) enum End {
    Panic(Panic),
    Stop(Box<dyn StopReason>),
    /// The service has a key, and had no members for as long as it may linger.
    Empty,
    /// The app drains: all members have left, or its deadline has passed.
    Drained,
}

/// A service, and the callback of it that runs.
pub(super) struct EventLoop<S: Service> {
    address: Arc<Address<S>>,
    /// `None` before `init`, and while the service restarts.
    service: Option<S>,
    /// A member that has left, while its last message is handled.
    leaving: Option<Box<Leave>>,
    /// The member whose `close` callback runs.
    gone: Option<Member<S>>,
    /// The time without an event after which `timeout` is called. It is kept across restarts.
    idle: Option<Duration>,
    /// Set while a service with a key has no members: until when it goes on.
    empty: Option<(Instant, Option<Lingering>)>,
    incarnation: Arc<Incarnation>,
    /// The changes of presence that come next.
    batch: Option<Infos>,
    /// The callback that runs, for reports.
    callback: &'static str,
}

impl<S: Service> EventLoop<S> {
    pub(super) fn new(address: Arc<Address<S>>) -> Self {
        let incarnation = address.begin_incarnation(Weak::new());
        Self {
            address,
            service: None,
            leaving: None,
            gone: None,
            idle: None,
            empty: None,
            incarnation,
            batch: None,
            callback: "init",
        }
    }

    /// Returns `true` if no callback runs.
    pub(super) fn is_idle(&self) -> bool {
        self.callback == IDLE
    }

    /// Creates the service with `init`.
    pub(super) async fn init(&mut self, app: &AppHandle) -> Result<(), BoxError> {
        self.callback = "init";
        self.incarnation.end();
        self.batch = None;
        self.incarnation = self.address.begin_incarnation(Arc::downgrade(app.inner()));
        // Within an async block, so that a panic before the first await is caught too.
        let making = async { S::init(app, self.address.key.as_ref()).await };
        match AssertUnwindSafe(making).catch_unwind().await {
            Ok(made) => self.service = Some(made?),
            Err(payload) => return Err(panics::caught(self.callback, payload).to_string().into()),
        }
        Ok(())
    }

    /// Handles the messages one by one, in order, until the service ends or a callback panics.
    pub(super) async fn run(&mut self, rejoining: bool) -> End {
        match AssertUnwindSafe(self.serve(rejoining)).catch_unwind().await {
            Ok(end) => end,
            Err(payload) => End::Panic(panics::caught(self.callback, payload)),
        }
    }

    async fn serve(&mut self, rejoining: bool) -> End {
        if rejoining {
            self.rejoin().await;
        }
        let mut since = Instant::now();
        loop {
            let message = match self.leaving.take() {
                Some(leave) => Some(ActorMessage::Leave(leave)),
                None => match self.next_change().or_else(|| self.incarnation.take_due()) {
                    Some(info) => Some(ActorMessage::Info(info, 0)),
                    None => self.address.inbox.take(),
                },
            };
            let control = match message {
                Some(ActorMessage::End) => return End::Drained,
                Some(ActorMessage::Own(own)) => match self.own(*own).await {
                    Ok(control) => control,
                    Err(panic) => return End::Panic(panic),
                },
                Some(message) => self.handle(message).await,
                // The timeouts are checked only when there is nothing to do.
                None => {
                    self.callback = IDLE;
                    let idle = self.idle.map(|idle| later(since, idle));
                    let (ends, timer) = (self.ends_at(), self.incarnation.next_timer());
                    let Some(next) = idle.into_iter().chain(ends).chain(timer).min() else {
                        self.address.inbox.not_empty().await;
                        continue;
                    };
                    let came = timeout_at(next, self.address.inbox.not_empty()).await.is_ok();
                    if came || timer == Some(next) {
                        continue;
                    }
                    if ends == Some(next) {
                        if self.address.inbox.shut_if_empty() {
                            return End::Empty;
                        }
                        continue;
                    }
                    self.callback = "timeout";
                    self.service().timeout().await
                }
            };
            match control {
                Control::Continue => {}
                Control::Timeout(after) => {
                    self.idle = (after != Duration::MAX).then_some(after.max(SHORTEST_TIMEOUT));
                }
                Control::Stop(reason) => return End::Stop(reason),
            }
            if self.idle.is_some() {
                since = Instant::now();
            }
            // An inbox that is never empty must not starve the other tasks of this runtime.
            tokio::task::consume_budget().await;
        }
    }

    /// Returns when the service ends, if it has a key and no members.
    fn ends_at(&mut self) -> Option<Instant> {
        if self.address.key.is_none() || self.address.has_members() {
            self.empty = None;
            return None;
        }
        let linger = &self.address.settings.linger;
        let (ends, _) = self.empty.get_or_insert_with(|| {
            let (after, place) = linger.begin();
            (later(Instant::now(), after), place)
        });
        Some(*ends)
    }

    fn service(&mut self) -> &mut S {
        self.service.as_mut().expect(MADE)
    }

    async fn rejoin(&mut self) {
        self.callback = "rejoin";
        for member in self.address.members() {
            let rejoining = self.service.as_mut().expect(MADE).rejoin(&member);
            let rejoined = self.address.settings.time_limits.join("rejoin", rejoining).await;
            if let Err(close) = rejoined.unwrap_or_else(|| Err(Close::new(CloseCode::INTERNAL, ""))) {
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
                    self.leaving = Some(leave);
                    self.incoming(from, last).await
                }
                None => self.close(*leave).await,
            },
            ActorMessage::Info(info, _) => self.info(info).await,
            ActorMessage::Expiring(of, notice) => self.expiring(of, notice).await,
            ActorMessage::Batch(batch) => {
                self.batch = Some(batch.make());
                Control::Continue
            }
            ActorMessage::Broadcast(message, _) => {
                self.callback = "broadcast";
                let message = *message.downcast().expect("broadcasts are boxed as the service's own type");
                self.service().broadcast(message).await
            }
            ActorMessage::Early(_) | ActorMessage::Own(_) | ActorMessage::End => Control::Continue,
        }
    }

    /// Takes the next info of a batch.
    fn next_change(&mut self) -> Option<Erased> {
        let info = self.batch.as_mut()?.next();
        if info.is_none() {
            self.batch = None;
        }
        info
    }

    async fn info(&mut self, info: Erased) -> Control {
        self.callback = "info";
        let info = *info.downcast().expect("infos are boxed as the service's own type");
        self.service().info(info).await
    }

    async fn expiring(&mut self, of: ConnectionId, notice: Erased) -> Control {
        // It has left if the service restarted meanwhile, and did not accept it again.
        let Some(member) = self.address.member(of) else { return Control::Continue };
        self.callback = "info";
        let info = member_expiring::into_info(notice, member);
        self.service().info(info).await
    }

    /// Handles what the spawned work of this incarnation has sent: an info, or its panic.
    async fn own(&mut self, own: OwnMessage) -> Result<Control, Panic> {
        if !own.is_of(&self.incarnation) {
            drop_each([own]);
            return Ok(Control::Continue);
        }
        let OwnMessage { event, .. } = own;
        match event {
            OwnEvent::Info(info, continues) => {
                let control = self.info(info).await;
                drop(continues);
                Ok(control)
            }
            OwnEvent::Panic(panic) => Err(panic),
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
        let joining = self.service.as_mut().expect(MADE).join(asked, &member);
        let joined = self.address.settings.time_limits.join("join", joining).await;
        match joined.unwrap_or_else(|| Err(timed_out().into_response())) {
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
        let control = self.address.settings.time_limits.close("close", service.close(member, &reason)).await;
        self.drop_member();
        drop(done);
        control.unwrap_or_default()
    }

    /// Drops a member that has left.
    fn drop_member(&mut self) {
        let gone = self.gone.take();
        catch_and_log(move || drop(gone));
    }

    /// Removes the service, whose callback has panicked.
    pub(super) fn take_broken(&mut self) -> Option<S> {
        self.drop_member();
        self.incarnation.end();
        self.service.take()
    }

    /// Refuses further messages, and closes the members with code 1011, without a `close` callback.
    pub(super) fn give_up(&mut self) {
        self.incarnation.end();
        drop_each(self.address.inbox.shut());
        drop_each(self.leaving.take());
        for member in self.address.ids().into_iter().filter_map(|id| self.address.remove(id)) {
            member.end(Close::new(CloseCode::INTERNAL, ""));
            // This may drop the kept value, which is of the user's type.
            catch_and_log(move || drop(member));
        }
    }

    /// Refuses further messages and closes the members. Returns the callbacks that still have to run.
    pub(super) fn shutdown(&mut self, reason: Terminate) -> Shutdown<S> {
        self.drop_member();
        self.incarnation.end();
        let rest = self.address.inbox.shut();
        let going_away = || Close::new(CloseCode::GOING_AWAY, "the service has stopped");
        for member in self.address.members() {
            member.end(going_away());
        }
        let mut left: VecDeque<_> = self.leaving.take().into_iter().collect();
        let mut lost = Vec::new();
        for message in rest {
            match message {
                ActorMessage::Leave(leave) => left.push_back(leave),
                message => lost.push(message),
            }
        }
        drop_each(lost);
        let reason = Arc::new(reason);
        let of_members = match *reason {
            Terminate::StopAs(_) => Arc::new(Terminate::Stop(going_away())),
            _ => reason.clone(),
        };
        Shutdown::new(self.address.clone(), self.service.take(), left, reason, of_members)
    }
}
