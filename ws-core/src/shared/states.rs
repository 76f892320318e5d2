//! The states of an app, by type.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;

#[derive(Default)]
pub(crate) struct States(HashMap<TypeId, (&'static str, Box<dyn Any + Send + Sync>)>);

impl States {
    /// Adds `value`. It replaces an earlier value of the same type.
    pub(crate) fn insert<T: Any + Send + Sync>(&mut self, value: T) {
        self.0.insert(TypeId::of::<T>(), (type_name::<T>(), Box::new(value)));
    }

    pub(crate) fn get<T: Any>(&self) -> Option<&T> {
        self.0.get(&TypeId::of::<T>())?.1.downcast_ref()
    }

    pub(crate) fn has(&self, id: TypeId) -> bool {
        self.0.contains_key(&id)
    }

    /// Returns the name of a type that wraps `missing` or that it wraps, such as `Arc<Db>` for `Db`.
    pub(crate) fn wrapping(&self, missing: &str) -> Option<&'static str> {
        let wraps = |outer: &str, inner: &str| outer.contains(&format!("<{inner}>"));
        let mut names = self.0.values().map(|(name, _)| *name);
        names.find(|name| wraps(name, missing) || wraps(missing, name))
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
        self.0.iter().filter(|need| !states.has(need.id)).map(|Need { state, argument, .. }| {
            match (argument, states.wrapping(state)) {
                (Some(argument), _) => format!(
                    "`{argument}`, which reads a state of type `{state}`, but the app has no such state; add it with \
                     `App::state(…)`"
                ),
                (None, Some(other)) => format!(
                    "`State<{state}>`, but the app's state is a `{other}`; take `State<{other}>`, or add a `{state}` with \
                     `App::state(…)`"
                ),
                (None, None) => {
                    format!("`State<{state}>`, but the app has no such state; add it with `App::state(…)`")
                }
            }
        })
    }
}
