//! The functions of a handler or a service that its routes need, without its type.

use std::any::{TypeId, type_name};
use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use futures_util::future::BoxFuture;
use http::request::Parts;
use tokio::runtime::Handle;

use crate::event::EventInfo;
use crate::handler::upgrade::{Opened, UpgradeRequest};
use crate::handler::{AppInner, Handler, session};
use crate::service::actor::{self, Started};
use crate::service::inbox_limits::InboxLimits;
use crate::service::{Service, address, membership};
use crate::shared::callbacks::CallbackLimits;
use crate::shared::states::Needs;

/// The type of a handler or service, erased.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    type_id: fn() -> TypeId,
    type_name: fn() -> &'static str,
    needs: fn(&mut Needs),
    events: fn() -> Vec<EventInfo>,
    init: fn(Parts, Box<UpgradeRequest>) -> BoxFuture<'static, Result<Opened, Response>>,
    service: Option<OfService>,
}

/// The functions that only a service has.
#[derive(Clone, Copy)]
struct OfService {
    start: fn(&Arc<AppInner>, &Handle) -> Started,
    set_limits: fn(&AppInner, InboxLimits),
    allow_time: fn(&AppInner, CallbackLimits),
    set_keyed: fn(&AppInner, Duration),
}

impl Kind {
    pub(crate) const fn of<H: Handler>() -> Self {
        Self {
            type_id: TypeId::of::<H>,
            type_name: type_name::<H>,
            needs: H::needs,
            events: H::events,
            init: session::init::<H>,
            service: None,
        }
    }

    pub(crate) const fn of_service<S: Service>() -> Self {
        Self {
            type_id: TypeId::of::<S>,
            type_name: type_name::<S>,
            needs: S::needs,
            events: S::events,
            init: membership::init::<S>,
            service: Some(OfService {
                start: actor::start::<S>,
                set_limits: address::set_limits::<S>,
                allow_time: address::allow_time::<S>,
                set_keyed: address::set_keyed::<S>,
            }),
        }
    }

    /// Sets the name that users see instead of the type's.
    #[cfg(feature = "pages")]
    pub(crate) const fn shown_as(self, type_name: fn() -> &'static str) -> Self {
        Self { type_name, ..self }
    }

    pub(crate) const fn is_service(self) -> bool {
        self.service.is_some()
    }

    /// Starts the service on `runtime`. Returns `None` for a handler.
    pub(crate) fn start(self, app: &Arc<AppInner>, runtime: &Handle) -> Option<Started> {
        self.service.map(|service| (service.start)(app, runtime))
    }

    /// Limits the service's inbox. Does nothing for a handler.
    pub(crate) fn set_limits(self, app: &AppInner, limits: InboxLimits) {
        if let Some(service) = self.service {
            (service.set_limits)(app, limits);
        }
    }

    /// Adds the time limits of a route to those of its service. Does nothing for a handler.
    pub(crate) fn allow_time(self, app: &AppInner, limits: CallbackLimits) {
        if let Some(service) = self.service {
            (service.allow_time)(app, limits);
        }
    }

    /// Runs an instance of the service for each key. Does nothing for a handler.
    pub(crate) fn set_keyed(self, app: &AppInner, linger: Duration) {
        if let Some(service) = self.service {
            (service.set_keyed)(app, linger);
        }
    }

    pub(crate) fn type_id(self) -> TypeId {
        (self.type_id)()
    }

    pub(crate) fn type_name(self) -> &'static str {
        (self.type_name)()
    }

    pub(crate) fn init(
        self,
        parts: Parts,
        upgrade: Box<UpgradeRequest>,
    ) -> BoxFuture<'static, Result<Opened, Response>> {
        (self.init)(parts, upgrade)
    }

    pub(crate) fn events(self) -> Vec<EventInfo> {
        (self.events)()
    }

    pub(crate) fn needs(self) -> Needs {
        let mut needs = Needs::default();
        (self.needs)(&mut needs);
        needs
    }
}
