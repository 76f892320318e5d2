//! The functions of `#[message]`: registered at link time, found by the type of an event, and called with its payload.

use std::collections::HashMap;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::value::RawValue;

use crate::error::{Error, Result};
use crate::event::{Body, Call, EventInfo, Problem, answer};
use crate::handler::{AppHandle, Reply};
use crate::message::{BadPayload, BoxError, Escaped, Text};
use crate::page::wire::{ClientMessage, ENVELOPE};
use crate::page::{PageSession, Qos};
use crate::route::SourceLocation;
use crate::shared::background::Running;
use crate::shared::log_limit::Line;
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
    call: Function,
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
        call: Function,
    ) -> Self {
        Self { name, location: SourceLocation { module, file, line }, info, needs, awaits, call }
    }

    /// Returns the name of the function and its place.
    pub(crate) fn source(&self) -> String {
        format!("`{}` ({})", self.name, self.location)
    }

    /// Calls the function for a message that is acknowledged, and so not sent again: if the function panics, the client
    /// learns it from the answer, on whatever connection.
    async fn finish(&'static self, call: Call<'_>, page: &PageSession, app: &AppHandle) {
        let (id, mut to) = (call.id(), PageAnswer::Page(page.clone()));
        let called = async {
            if let Some(pending) = (self.call)(PageCall::new(self, call, page, app, &mut to)) {
                pending.await;
            }
        };
        if let Err(panic) = AssertUnwindSafe(called).catch_unwind().await {
            reject(&self.failure(id), &mut PageAnswer::Page(page.clone()));
            std::panic::resume_unwind(panic);
        }
    }

    /// Returns the answer to a message after its function failed.
    fn failure<'a>(&self, id: Option<&'a RawValue>) -> Problem<'a> {
        Problem { id, code: "failed", message: format!("the server failed to handle `{}`", self.name) }
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
            if let Some(pending) = (function.call)(PageCall::new(function, call, page, &app, &mut to)) {
                pending.await;
            }
            return;
        }
        if !function.awaits {
            return function.finish(call, &page.with_qos(qos), &app).await;
        }
        // The message is acknowledged, so the function is finished even if the connection is lost.
        drop(call);
        pending();
        let (text, page) = (Text::from(text), page.clone());
        let running = Running::new(app.inner().shared.clone());
        let task = tokio::spawn(async move {
            let _running = running;
            let read = ClientMessage::read(&text).and_then(|message| message.into_call(&text));
            if let Ok(call) = read {
                function.finish(call, &page.with_qos(qos), &app).await;
            }
        });
        if let Err(error) = task.await
            && let Ok(panic) = error.try_into_panic()
        {
            std::panic::resume_unwind(panic);
        }
    }
}

impl fmt::Debug for PageMessages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// The place that an answer goes to.
#[doc(hidden)]
#[derive(Debug)]
pub enum PageAnswer<'a> {
    /// The reply to an event that is sent at most once.
    Reply(&'a mut Reply),
    /// The page, whatever its connection is by then.
    Page(PageSession),
}

impl<'a> PageAnswer<'a> {
    fn of(qos: Qos, page: &PageSession, reply: &'a mut Reply) -> Self {
        if qos == Qos::AtMostOnce { Self::Reply(reply) } else { Self::Page(page.with_qos(qos)) }
    }

    #[doc(hidden)]
    pub fn send(&mut self, text: &str) {
        match self {
            Self::Reply(reply) => reply.text(text),
            Self::Page(page) => _ = page.answer(text.to_owned()),
        }
    }
}

fn reject(problem: &Problem<'_>, to: &mut PageAnswer<'_>) {
    // Two strings always serialize.
    let _ = answer("", problem.id, &Body::Error(problem), ENVELOPE, |text| to.send(text));
}

/// Answers a text that is not an event.
pub(super) fn reject_text(problem: &Problem<'_>, reply: &mut Reply) {
    reject(problem, &mut PageAnswer::Reply(reply));
}

/// The call of a function: the event, and the values of its other arguments.
#[doc(hidden)]
#[derive(Debug)]
pub struct PageCall<'a> {
    function: &'static LinkedMessage,
    call: Option<Call<'a>>,
    id: Option<&'a RawValue>,
    page: &'a PageSession,
    app: &'a AppHandle,
    to: &'a mut PageAnswer<'a>,
}

#[doc(hidden)]
impl<'a> PageCall<'a> {
    fn new(
        function: &'static LinkedMessage,
        call: Call<'a>,
        page: &'a PageSession,
        app: &'a AppHandle,
        to: &'a mut PageAnswer<'a>,
    ) -> Self {
        Self { function, id: call.id(), call: Some(call), page, app, to }
    }

    /// Returns the event, whose payload is read once.
    ///
    /// # Panics
    /// It was taken before.
    pub fn event(&mut self) -> Call<'a> {
        self.call.take().expect("the payload is read once")
    }

    /// Answers with the problem of a payload.
    pub fn bad_payload(&mut self, bad: BadPayload) {
        reject(&Problem::of_payload(self.id, bad), self.to);
    }

    #[must_use]
    pub const fn page(&self) -> &PageSession {
        self.page
    }

    #[must_use]
    pub const fn app(&self) -> &AppHandle {
        self.app
    }

    /// Returns the type and the id of the event, and the place of the answer.
    pub fn answering(&mut self) -> (&'static str, Option<&'a RawValue>, &mut PageAnswer<'a>) {
        (self.function.name, self.id, self.to)
    }

    /// Logs an error that is not for the client, which learns only that there is one.
    pub fn failed(&mut self, error: &BoxError) {
        if let Some(Line { suppressed }) =
            self.app.shared().log_limit.admit("error", self.function.name, "#[message]")
        {
            tracing::error!(
                message = self.function.name,
                location = %self.function.location,
                page = %self.page.id(),
                suppressed,
                "a `#[message]` function returned an error: {}",
                Escaped(error)
            );
        }
        reject(&self.function.failure(self.id), self.to);
    }
}
