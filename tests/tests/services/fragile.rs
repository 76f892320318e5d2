//! A service with types that panic on request when they are dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use axum::extract::{FromRequestParts, Query};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use ws_core::service::{Control, Member, Service, ServiceInfo, ServiceKey};
use ws_core::{AppHandle, BoxError, Message, Terminate, Upgrade};
use ws_tests::notes::Notes;

use super::{Gate, Visitor};

/// Stores no member, so the member state is dropped after `close`.
pub(super) struct Fragile {
    notes: Notes,
    gate: Gate,
    app: AppHandle,
    _whole: Whole,
}

/// Counts the requests to join. Its reference count shows how many of them are still alive.
#[derive(Clone, Default)]
pub(super) struct Live(pub(super) Arc<AtomicUsize>);

impl Live {
    pub(super) fn asked(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// Notes that the service's state was dropped.
struct Whole(Notes);

impl Drop for Whole {
    fn drop(&mut self) {
        self.0.add("dropped");
    }
}

/// A request to join. It holds a reference to [`Live`].
pub(super) struct Asked(String, #[expect(dead_code, reason = "counted")] Live);

/// The member state.
pub(super) struct Glass(pub(super) String);

impl Drop for Glass {
    fn drop(&mut self) {
        assert!(!matches!(&*self.0, "glass" | "shards"), "a drop that panics");
    }
}

/// The infos of the service.
#[derive(Clone, Copy)]
pub(super) enum Tick {
    Wait,
    Panic,
    /// Panics with a payload that panics when it is dropped.
    PanicWithGlass,
    Stop,
    /// Sends the service more infos than its inbox has room for.
    Itself,
    /// Sent by the service to itself.
    Tock,
}

impl ServiceInfo<Fragile> for Tick {
    fn into_info(self) -> Self {
        self
    }
}

/// Makes `init` panic while it is set in the app's state.
#[derive(Clone, Default)]
pub(super) struct Bad(pub(super) Arc<AtomicBool>);

impl Service for Fragile {
    type Info = Tick;
    type Broadcast = std::convert::Infallible;
    type Asked = Asked;
    type Kept = Glass;

    async fn init(app: &AppHandle, _: Option<&ServiceKey>) -> Result<Self, BoxError> {
        if let Some(Bad(bad)) = app.state::<Bad>() {
            assert!(!bad.load(Ordering::Relaxed), "an init that panics");
        }
        let notes = app.state::<Notes>().cloned().unwrap_or_default();
        let gate = app.state().cloned().unwrap_or_default();
        Ok(Self { _whole: Whole(notes.clone()), notes, gate, app: app.clone() })
    }

    async fn ask(parts: &mut Parts, upgrade: &mut Upgrade<Self>) -> Result<Asked, Response> {
        let Query(Visitor { name }) =
            Query::from_request_parts(parts, &()).await.map_err(IntoResponse::into_response)?;
        let live = upgrade.app().state::<Live>().cloned().unwrap_or_default();
        live.0.fetch_add(1, Ordering::Relaxed);
        Ok(Asked(name, live))
    }

    async fn join(&mut self, Asked(name, _): Asked, _: &Member<Self>) -> Result<Glass, Response> {
        self.notes.add(format!("join {name}"));
        Ok(Glass(name))
    }

    async fn incoming(&mut self, member: &Member<Self>, message: Message) -> Control {
        member.send(message);
        Control::Continue
    }

    async fn info(&mut self, tick: Tick) -> Control {
        match tick {
            Tick::Wait => self.gate.pass().await,
            Tick::Panic => panic!("as asked"),
            Tick::PanicWithGlass => std::panic::panic_any(Glass("glass".to_owned())),
            Tick::Stop => return Control::stop("as asked"),
            Tick::Itself => {
                let itself = self.app.service::<Self>();
                let queued = (0..200_000).filter(|_| itself.info(Tick::Tock).is_queued()).count();
                assert!(queued > 10_000, "{queued}");
                self.notes.add("notified itself");
            }
            Tick::Tock => {}
        }
        Control::Continue
    }

    async fn close(&mut self, member: &Member<Self>, reason: &Terminate) -> Control {
        self.notes.add(format!("close {} {}", member.kept().0, reason.kind()));
        match &*member.kept().0 {
            "clings" => self.gate.pass().await,
            "grudge" | "shards" => panic!("a close that panics"),
            _ => {}
        }
        Control::Continue
    }

    async fn terminate(&mut self, reason: &Terminate) {
        self.notes.add(format!("terminate {}", reason.kind()));
        assert!(self.gate.came() < 1_000, "a terminate that panics");
    }
}
