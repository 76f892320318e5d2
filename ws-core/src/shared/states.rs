//! The values that an app was given, by type.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;

#[derive(Default)]
pub(crate) struct States(HashMap<TypeId, Box<dyn Any + Send + Sync>>);

impl States {
    /// Keeps `value`; a second one of its type takes the place of the first.
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

/// The states that a handler's `#[init]` asks for, so that a missing one stops the start.
///
/// The macro fills it in; a [`Handler`](crate::Handler) written by hand may do so in
/// [`needs`](crate::Handler::needs).
#[derive(Debug, Default)]
pub struct Needs(Vec<(TypeId, &'static str)>);

impl Needs {
    /// The handler takes a state of type `T`.
    pub fn state<T: Any + Send + Sync>(&mut self) {
        self.0.push((TypeId::of::<T>(), type_name::<T>()));
    }

    /// The types that are not among `states`.
    pub(crate) fn missing(&self, states: &States) -> impl Iterator<Item = &'static str> {
        self.0.iter().filter(|(id, _)| !states.has(*id)).map(|(_, name)| *name)
    }
}
