//! The states of an app, by type.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;

#[derive(Default)]
pub(crate) struct States(HashMap<TypeId, Box<dyn Any + Send + Sync>>);

impl States {
    /// Adds `value`. It replaces an earlier value of the same type.
    pub(crate) fn insert<T: Any + Send + Sync>(&mut self, value: T) {
        self.0.insert(TypeId::of::<T>(), Box::new(value));
    }

    pub(crate) fn get<T: Any>(&self) -> Option<&T> {
        self.0.get(&TypeId::of::<T>())?.downcast_ref()
    }

    pub(crate) fn has(&self, id: TypeId) -> bool {
        self.0.contains_key(&id)
    }
}

/// The states that a handler or service takes, so that the app does not start if one is missing.
///
/// The macros fill it in. A hand-written [`Handler`](crate::Handler) can do so in [`needs`](crate::Handler::needs), and
/// a [`Service`](crate::Service) in [`needs`](crate::Service::needs).
///
/// ```
/// use std::sync::Arc;
/// use axum::extract::FromRequestParts;
/// use axum::response::{IntoResponse, Response};
/// use http::request::Parts;
/// use ws_core::{Handler, Needs, State, Upgrade};
///
/// struct Db;
///
/// struct Orders {
///     db: Arc<Db>,
/// }
///
/// impl Handler for Orders {
///     type Info = std::convert::Infallible;
///
///     fn needs(needs: &mut Needs) {
///         needs.state::<Arc<Db>>();
///     }
///
///     async fn init(parts: &mut Parts, upgrade: &mut Upgrade<Self>) -> Result<Self, Response> {
///         let db = State::<Arc<Db>>::from_request_parts(parts, &upgrade.app()).await;
///         let State(db) = db.map_err(IntoResponse::into_response)?;
///         Ok(Self { db })
///     }
/// }
/// ```
#[derive(Debug, Default)]
pub struct Needs(Vec<(TypeId, &'static str)>);

impl Needs {
    /// Declares that the handler or service takes a state of type `T`.
    pub fn state<T: Any + Send + Sync>(&mut self) {
        self.0.push((TypeId::of::<T>(), type_name::<T>()));
    }

    /// Returns the types that are missing from `states`.
    pub(crate) fn missing(&self, states: &States) -> impl Iterator<Item = &'static str> {
        self.0.iter().filter(|(id, _)| !states.has(*id)).map(|(_, name)| *name)
    }
}
