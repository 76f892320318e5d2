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
/// use axum::response::Response;
/// use http::request::Parts;
/// use ws_core::{Handler, Needs, Upgrade};
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
///     async fn init(_: &mut Parts, upgrade: &mut Upgrade<Self>) -> Result<Self, Response> {
///         let db = upgrade.state::<Arc<Db>>().expect("declared in `needs`");
///         Ok(Self { db: db.clone() })
///     }
/// }
/// ```
#[derive(Debug, Default)]
pub struct Needs(Vec<Need>);

#[derive(Debug)]
struct Need {
    id: TypeId,
    state: &'static str,
    /// The argument that reads the state, if it is not `State<T>`.
    argument: Option<&'static str>,
}

impl Needs {
    /// Declares that the handler or service takes a state of type `T`.
    pub fn state<T: Any + Send + Sync>(&mut self) {
        self.0.push(Need { id: TypeId::of::<T>(), state: type_name::<T>(), argument: None });
    }

    /// Declares that the handler or service takes an `argument` that reads a state of type `T`.
    pub(crate) fn state_for<T: Any>(&mut self, argument: &'static str) {
        self.0.push(Need { id: TypeId::of::<T>(), state: type_name::<T>(), argument: Some(argument) });
    }

    /// Describes the arguments whose state is missing from `states`.
    pub(crate) fn missing(&self, states: &States) -> impl Iterator<Item = String> {
        self.0.iter().filter(|need| !states.has(need.id)).map(|Need { state, argument, .. }| match argument {
            None => format!("`State<{state}>`, but the app has no such state"),
            Some(argument) => {
                format!("`{argument}`, which reads a state of type `{state}`, but the app has no such state")
            }
        })
    }
}
