//! The actor: one task that owns a service, from `init` to `terminate`, through its restarts.

use std::any::type_name;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::task::{Context as TaskContext, Waker};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{Either, select};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use super::contract::Service;
use super::control::Control;
use super::inbox::{Joining, Leaving, Letter};
use super::member::Member;
use super::post::Post;
use super::restarts::Restarts;
use super::seat::Seat;
use crate::clock::later;
use crate::close::{Close, CloseCode};
use crate::handle::AppHandle;
use crate::message::Message;
use crate::panics::{self, contained, drop_each};
use crate::shared::Shared;
use crate::shared::drain::{Deadline, GRACE};
use crate::shared::mailbox::ConnectionId;
use crate::terminate::{BoxError, Panic, StopReason, Terminate};

/// Whether a service could be made.
pub(crate) type Started = oneshot::Receiver<Result<(), BoxError>>;

/// Starts service `S` on `runtime`, where nobody has.
pub(crate) fn start<S: Service>(shared: &Arc<Shared>, runtime: &Handle) -> Started {
    let (started, starting) = oneshot::channel();
    let post = Post::<S>::of(shared);
    if post.inbox.begin() {
        let actor = Actor {
            post,
            app: Arc::downgrade(shared),
            deadline: shared.drain.watch(),
            service: None,
            pending: None,
            idle: None,
            callback: "init",
            over: false,
        };
        runtime.spawn(actor.run(started));
    } else {
        let _ = started.send(Ok(()));
    }
    starting
}

/// The same for an app that became a router: the first client is there, and hears no more than that it failed.
pub(super) fn start_late<S: Service>(shared: &Arc<Shared>, runtime: &Handle) {
    let started = start::<S>(shared, runtime);
    runtime.spawn(async move {
        if let Ok(Err(error)) = started.await {
            tracing::error!(service = type_name::<S>(), "a service could not be started: {error}");
        }
    });
}

/// In place of a callback's name, while none runs.
const IDLE: &str = "";

/// Why the actor is done with its service.
enum End {
    Panic(Panic),
    Stop(Box<dyn StopReason>),
    /// The app drained: in time, or past its deadline.
    Drained,
}

struct Actor<S: Service> {
    post: Arc<Post<S>>,
    /// Weak: a service does not keep its app.
    app: Weak<Shared>,
    deadline: Deadline,
    service: Option<S>,
    /// A member that has left; its last message is heard before.
    pending: Option<Box<Leaving>>,
    /// After how long without anything `timeout` is called. It outlives a restart.
    idle: Option<Duration>,
    /// The callback that runs, for reports.
    callback: &'static str,
    over: bool,
}

impl<S: Service> Actor<S> {
    async fn run(mut self, started: oneshot::Sender<Result<(), BoxError>>) {
        if let Err(error) = self.make().await {
            self.over = true;
            self.post.inbox.begin_again();
            let _ = started.send(Err(error));
            return;
        }
        let _ = started.send(Ok(()));
        let mut restarts = Restarts::default();
        let mut rejoining = false;
        loop {
            match self.serve_until_end(rejoining).await {
                End::Panic(panic) => {
                    if !self.restart(panic, &mut restarts).await {
                        return self.give_up();
                    }
                    rejoining = true;
                }
                End::Stop(reason) => return self.part(Terminate::StopAs(reason)).await,
                End::Drained => return self.part(Terminate::Drained).await,
            }
        }
    }

    /// Calls `init`.
    async fn make(&mut self) -> Result<(), BoxError> {
        self.callback = "init";
        let Some(app) = self.app.upgrade().map(AppHandle) else { return Err("the app is gone".into()) };
        // A panic before the first await is one, too.
        let making = async { S::init(&app).await };
        match AssertUnwindSafe(making).catch_unwind().await {
            Ok(made) => self.service = Some(made?),
            Err(payload) => return Err(panics::caught(self.callback, &*payload).to_string().into()),
        }
        Ok(())
    }

    async fn serve_until_end(&mut self, rejoining: bool) -> End {
        let deadline = self.deadline.clone();
        let ended = {
            let serving = AssertUnwindSafe(self.serve(rejoining)).catch_unwind();
            match select(pin!(serving), pin!(deadline.passed(Duration::ZERO))).await {
                Either::Left((ended, _)) => Some(ended),
                Either::Right(_) => None,
            }
        };
        match ended {
            Some(Ok(end)) => end,
            Some(Err(payload)) => End::Panic(panics::caught(self.callback, &*payload)),
            None => {
                if self.callback != IDLE
                    && let Some(app) = self.app.upgrade()
                {
                    app.stats.cut();
                }
                End::Drained
            }
        }
    }

    /// One thing after the other, in the order in which it came.
    async fn serve(&mut self, rejoining: bool) -> End {
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
            Letter::End => Control::Continue,
        }
    }

    async fn incoming(&mut self, from: ConnectionId, message: Message) -> Control {
        // One that was refused when it was to join again says nothing more.
        let Some(member) = self.post.member(from) else { return Control::Continue };
        self.callback = "incoming";
        self.service().incoming(&member, message).await
    }

    async fn join(&mut self, joining: Joining) {
        let Joining { asked, member, answer } = joining;
        if answer.is_closed() {
            return;
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
        let Some(member) = self.post.remove(id) else { return Control::Continue };
        self.callback = "close";
        let control = self.service().close(&member, &reason).await;
        drop(heard);
        control
    }

    /// After a panic: ends the service and makes it anew; whether that may be (B8).
    async fn restart(&mut self, panic: Panic, restarts: &mut Restarts) -> bool {
        let service = type_name::<S>();
        tracing::error!(
            service,
            callback = panic.callback(),
            location = panic.location(),
            backtrace = panic.backtrace(),
            "a callback panicked: {}; the service restarts",
            panic.message()
        );
        let deadline = self.deadline.clone();
        if let Some(mut broken) = self.service.take() {
            let reason = Terminate::Panic(panic);
            let terminating = terminate(&mut broken, &reason);
            select(pin!(terminating), pin!(deadline.passed(GRACE))).await;
            contained(move || drop(broken));
        }
        while restarts.allow(Instant::now()) {
            let made = match select(pin!(self.make()), pin!(deadline.passed(Duration::ZERO))).await {
                Either::Left((made, _)) => made,
                Either::Right(_) => return false,
            };
            match made {
                Ok(()) => return true,
                Err(error) => tracing::error!(service, "a service could not be made anew: {error}"),
            }
        }
        tracing::error!(service, "a service that restarted too often stays down: its route answers with 503");
        false
    }

    /// Nobody is left to serve: whoever is connected is told so.
    fn give_up(mut self) {
        self.over = true;
        drop_each(self.post.inbox.shut());
        for member in self.post.members() {
            self.post.remove(member.id());
            member.end(Close::new(CloseCode::INTERNAL, ""));
        }
        self.post.inbox.end();
    }

    /// Ends the service for good.
    async fn part(mut self, reason: Terminate) {
        let deadline = self.deadline.clone();
        if let Some(parting) = self.parting(reason) {
            select(pin!(parting), pin!(deadline.passed(GRACE))).await;
        }
        self.post.inbox.end();
    }

    /// Takes nothing more from now on, and closes what is open; then each member's `close` and `terminate`.
    fn parting(&mut self, reason: Terminate) -> Option<impl Future<Output = ()> + Send + use<S>> {
        self.over = true;
        let (post, rest) = (self.post.clone(), self.post.inbox.shut());
        let going_away = || Close::new(CloseCode::GOING_AWAY, "this service has stopped");
        for member in post.members() {
            member.end(going_away());
        }
        let mut service = self.service.take()?;
        let mut left: Vec<_> = self.pending.take().into_iter().collect();
        let mut lost = Vec::new();
        for letter in rest {
            match letter {
                Letter::Leave(leaving) => left.push(leaving),
                letter => lost.push(letter),
            }
        }
        drop_each(lost);
        Some(async move {
            for leaving in left {
                if let Some(member) = post.remove(leaving.id) {
                    close(&mut service, &member, &leaving.reason).await;
                }
            }
            let stopped = Terminate::Stop(going_away());
            let of_members = if matches!(reason, Terminate::StopAs(_)) { &stopped } else { &reason };
            for member in post.members() {
                post.remove(member.id());
                close(&mut service, &member, of_members).await;
            }
            terminate(&mut service, &reason).await;
            contained(move || drop((service, reason)));
        })
    }
}

/// A last callback: a panic of its own is reported and goes no further.
async fn close<S: Service>(service: &mut S, member: &Member<S>, reason: &Terminate) {
    let closing = async { drop(service.close(member, reason).await) };
    last_words::<S>("close", closing).await;
}

async fn terminate<S: Service>(service: &mut S, reason: &Terminate) {
    last_words::<S>("terminate", async { service.terminate(reason).await }).await;
}

async fn last_words<S: Service>(callback: &'static str, words: impl Future<Output = ()>) {
    if let Err(payload) = AssertUnwindSafe(words).catch_unwind().await {
        let panic = panics::caught(callback, &*payload);
        tracing::error!(service = type_name::<S>(), callback, "{panic}");
    }
}

impl<S: Service> Drop for Actor<S> {
    /// The task was aborted or its runtime shut down: what is left runs to its first await here, and from there where
    /// a runtime still lives.
    fn drop(&mut self) {
        if self.over {
            return;
        }
        let post = self.post.clone();
        if let Some(parting) = self.parting(Terminate::Aborted) {
            let mut parting = Box::pin(parting);
            let mut nobody = TaskContext::from_waker(Waker::noop());
            if parting.as_mut().poll(&mut nobody).is_pending()
                && let Ok(runtime) = Handle::try_current()
            {
                runtime.spawn(parting);
            }
        }
        post.inbox.end();
    }
}
