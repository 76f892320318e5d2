//! A call of a function with `#[message]`: the event, the values of its other arguments, and the place of its answer.

use serde_json::value::RawValue;

use crate::event::{Body, Call, Problem, answer};
use crate::handler::{AppHandle, Reply};
use crate::message::{BadPayload, BoxError, Escaped};
use crate::page::wire::ENVELOPE;
use crate::page::{PageSession, Qos};
use crate::route::SourceLocation;
use crate::shared::log_limit::Line;

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
    pub(super) fn of(qos: Qos, page: &PageSession, reply: &'a mut Reply) -> Self {
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

pub(super) fn reject(problem: &Problem<'_>, to: &mut PageAnswer<'_>) {
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
    /// The function's name and place.
    function: (&'static str, SourceLocation),
    call: Option<Call<'a>>,
    id: Option<&'a RawValue>,
    page: &'a PageSession,
    app: &'a AppHandle,
    to: &'a mut PageAnswer<'a>,
}

#[doc(hidden)]
impl<'a> PageCall<'a> {
    pub(super) const fn new(
        function: (&'static str, SourceLocation),
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
        (self.function.0, self.id, self.to)
    }

    /// Logs an error that is not for the client, which learns only that there is one.
    pub fn failed(&mut self, error: &BoxError) {
        let (name, location) = self.function;
        if let Some(Line { suppressed }) = self.app.shared().log_limit.admit("error", name, "#[message]") {
            tracing::error!(
                message = name,
                %location,
                page = %self.page.id(),
                suppressed,
                "a `#[message]` function returned an error: {}",
                Escaped(error)
            );
        }
        reject(&failure(name, self.id), self.to);
    }
}

/// Returns the answer to a message after the function `name` failed.
pub(super) fn failure<'a>(name: &str, id: Option<&'a RawValue>) -> Problem<'a> {
    Problem { id, code: "failed", message: format!("the server failed to handle `{name}`") }
}
