//! The functions of `#[message]`: registered at link time, found by the type of an event, and called with its payload.

use std::collections::HashMap;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

use super::page_call::{PageAnswer, PageCall, failure, reject};
use crate::error::{Error, Result};
use crate::event::{Call, EventInfo};
use crate::handler::{AppHandle, Reply};
use crate::message::{Panic, Text};
use crate::page::wire::ClientMessage;
use crate::page::{PageSession, Qos, Unfinished};
use crate::route::SourceLocation;
use crate::shared::background::Running;
use crate::shared::log_limit::Line;
use crate::shared::panics::{self, Named, raise};
use crate::shared::states::{Needs, States};

/// A function with `#[message]`, collected by the linker.
#[doc(hidden)]
pub struct LinkedMessage {
    name: &'static str,
    location: SourceLocation,
    info: fn() -> EventInfo,
    needs: fn(&mut Needs),
    /// It is async.
    awaits: bool,
    function: Function,
}

/// Calls the function. Returns its future, if it is async.
type Function = for<'a> fn(PageCall<'a>) -> PageFuture<'a>;

/// The rest of a call, if the function is async.
#[doc(hidden)]
pub type PageFuture<'a> = Option<BoxFuture<'a, ()>>;

inventory::collect!(LinkedMessage);

#[doc(hidden)]
impl LinkedMessage {
    #[must_use]
    pub const fn new(
        name: &'static str,
        (module, file, line): (&'static str, &'static str, u32),
        info: fn() -> EventInfo,
        needs: fn(&mut Needs),
        awaits: bool,
        function: Function,
    ) -> Self {
        Self { name, location: SourceLocation { module, file, line }, info, needs, awaits, function }
    }

    /// Returns the name of the function and its place.
    pub(crate) fn source(&self) -> String {
        format!("`{}` ({})", self.name, self.location)
    }

    const fn call<'a>(
        &self,
        call: Call<'a>,
        page: &'a PageSession,
        app: &'a AppHandle,
        to: &'a mut PageAnswer<'a>,
    ) -> PageCall<'a> {
        PageCall::new((self.name, self.location), call, page, app, to)
    }

    async fn run(&self, call: PageCall<'_>) {
        let _named = Named::new(self.name);
        if let Some(pending) = (self.function)(call) {
            pending.await;
        }
    }

    /// Calls the function for a message that is acknowledged, and so not sent again: if the function panics, the client
    /// learns it from the answer, on whatever connection.
    async fn finish(
        &'static self,
        call: Call<'_>,
        page: &PageSession,
        app: &AppHandle,
    ) -> std::result::Result<(), Panic> {
        let (id, mut to) = (call.id(), PageAnswer::Page(page.clone()));
        let called = self.run(self.call(call, page, app, &mut to));
        AssertUnwindSafe(called).catch_unwind().await.map_err(|payload| {
            let panic = panics::caught(self.name, payload);
            reject(&failure(self.name, id), &mut PageAnswer::Page(page.clone()));
            panic
        })
    }

    /// Calls the function for the message in `text`, in a task of its own. A panic is logged if nobody waits any more.
    async fn finish_apart(
        &'static self,
        text: Text,
        qos: Qos,
        page: PageSession,
        app: AppHandle,
    ) -> std::result::Result<(), Panic> {
        let running = Running::new(app.inner().shared.clone());
        let unfinished = Unfinished::new(page.clone());
        let (connection, panicked) = oneshot::channel();
        tokio::spawn(async move {
            let _running = (running, unfinished);
            let read = ClientMessage::read(&text).and_then(|message| message.into_call(&text));
            if let Ok(call) = read
                && let Err(panic) = self.finish(call, &page.with_qos(qos), &app).await
                && let Err(panic) = connection.send(panic)
                && let Some(Line { suppressed }) = app.shared().log_limit.admit_panic("#[message]", &panic)
            {
                tracing::error!(
                    page = %page.id(),
                    suppressed,
                    "a `#[message]` function panicked after its connection ended: {panic}"
                );
            }
        });
        panicked.await.map_or(Ok(()), Err)
    }
}

impl fmt::Debug for LinkedMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LinkedMessage({})", self.source())
    }
}

/// The functions of an app, by the type of their events.
#[derive(Clone, Default)]
pub(crate) struct PageMessages(Arc<HashMap<&'static str, &'static LinkedMessage>>);

impl PageMessages {
    /// Returns the linked functions, sorted by name. With `module`, only those of that module and its submodules.
    pub(crate) fn linked(module: Option<&str>) -> Vec<&'static LinkedMessage> {
        let all = inventory::iter::<LinkedMessage>.into_iter();
        let mut linked: Vec<_> =
            all.filter(|message| module.is_none_or(|module| message.location.is_in(module))).collect();
        linked.sort_by_key(|message| (message.name, message.location.file, message.location.line));
        linked
    }

    /// Checks the functions of an app: their names and states.
    pub(crate) fn check(linked: &[&'static LinkedMessage], states: &States) -> Result<Self> {
        let twice = linked.windows(2).filter(|pair| pair[0].name == pair[1].name);
        let conflicts: Vec<_> = twice
            .map(|pair| {
                format!(
                    "two functions with `#[message]` receive events of the type {} and {}: rename one of them, or write \
                     `#[message(\"another-name\")]`",
                    pair[0].source(),
                    pair[1].source()
                )
            })
            .collect();
        if !conflicts.is_empty() {
            return Err(Error::Conflicts(conflicts));
        }
        let missing: Vec<_> = linked
            .iter()
            .flat_map(|message| {
                let mut needs = Needs::default();
                (message.needs)(&mut needs);
                let missing: Vec<_> = needs.missing(states).collect();
                missing.into_iter().map(|taken| format!("`#[message]` {} takes {taken}", message.source()))
            })
            .collect();
        if !missing.is_empty() {
            return Err(Error::MissingState(missing));
        }
        Ok(Self(Arc::new(linked.iter().map(|message| (message.name, *message)).collect())))
    }

    /// Describes the events.
    pub(crate) fn infos(linked: &[&'static LinkedMessage]) -> Vec<EventInfo> {
        linked.iter().map(|message| (message.info)()).collect()
    }

    /// Calls the function for a message, and answers. Calls `pending` before it waits for a function that is finished in
    /// any case.
    pub(crate) async fn receive(
        &self,
        message: ClientMessage<'_>,
        text: &str,
        page: &PageSession,
        app: AppHandle,
        reply: &mut Reply,
        pending: impl FnOnce(),
    ) {
        let qos = message.qos();
        let call = match message.into_call(text) {
            Ok(call) => call,
            Err(problem) => return reject(&problem, &mut PageAnswer::of(qos, page, reply)),
        };
        let Some(function) = self.0.get(call.name()).copied() else {
            return reject(&call.unknown(), &mut PageAnswer::of(qos, page, reply));
        };
        if qos == Qos::AtMostOnce {
            let mut to = PageAnswer::Reply(reply);
            return function.run(function.call(call, page, &app, &mut to)).await;
        }
        let finished = if function.awaits {
            // The message is acknowledged, so the function is finished even if the connection is lost.
            drop(call);
            pending();
            function.finish_apart(text.into(), qos, page.clone(), app).await
        } else {
            function.finish(call, &page.with_qos(qos), &app).await
        };
        if let Err(panic) = finished {
            raise(panic);
        }
    }
}

impl fmt::Debug for PageMessages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
