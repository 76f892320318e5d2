//! The services of an app, by type and key: the address of each, and its end when the app drains.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::{BoxFuture, join_all};

/// The key of one service among several of a type: the value of a path parameter.
pub(crate) type Key = Arc<str>;

/// Ends a service of any type.
pub(crate) trait Ending: Send + Sync {
    /// Ends the service, because the app drains and all members have left. Resolves when its task has ended.
    fn drained(&self) -> BoxFuture<'_, ()>;
}

struct Entry {
    address: Arc<dyn Any + Send + Sync>,
    ending: Arc<dyn Ending>,
}

impl Entry {
    fn of<A: Ending + Any>(address: &Arc<A>) -> Self {
        Self { address: address.clone(), ending: address.clone() }
    }

    fn address<A: Any + Send + Sync>(&self) -> Arc<A> {
        self.address.clone().downcast().expect("a service has one type")
    }
}

/// The services of one type: one without a key, or one for each key.
#[derive(Default)]
struct OfType {
    common: Option<Entry>,
    keyed: HashMap<Key, Entry>,
}

#[derive(Default)]
pub(crate) struct Services(Mutex<HashMap<TypeId, OfType>>);

impl Services {
    fn lock(&self) -> MutexGuard<'_, HashMap<TypeId, OfType>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the address of the service of type `id` that has no key. If there is none, `make` creates it.
    pub(crate) fn common<A: Ending + Any>(&self, id: TypeId, make: impl FnOnce() -> A) -> Arc<A> {
        let mut services = self.lock();
        let of_type = services.entry(id).or_default();
        of_type.common.get_or_insert_with(|| Entry::of(&Arc::new(make()))).address()
    }

    /// Returns the address of the service of type `id` with this key. If there is none, `make` creates it.
    pub(crate) fn keyed<A: Ending + Any>(&self, id: TypeId, key: &Key, make: impl FnOnce() -> A) -> Arc<A> {
        let mut services = self.lock();
        let of_type = services.entry(id).or_default();
        of_type.keyed.entry(key.clone()).or_insert_with(|| Entry::of(&Arc::new(make()))).address()
    }

    /// Returns the address of the service of type `id` with this key, if there is one.
    pub(crate) fn find<A: Any + Send + Sync>(&self, id: TypeId, key: &str) -> Option<Arc<A>> {
        Some(self.lock().get(&id)?.keyed.get(key)?.address())
    }

    /// Returns the addresses of all services of type `id` that have a key, in no order.
    pub(crate) fn all<A: Any + Send + Sync>(&self, id: TypeId) -> Vec<Arc<A>> {
        let services = self.lock();
        services.get(&id).into_iter().flat_map(|of_type| of_type.keyed.values()).map(Entry::address).collect()
    }

    /// Removes the service of type `id` with this key, because its task ends.
    pub(crate) fn remove(&self, id: TypeId, key: &str) {
        let removed = self.lock().get_mut(&id).and_then(|of_type| of_type.keyed.remove(key));
        drop(removed);
    }

    /// Ends all services, once their members have left. Resolves when their tasks have ended.
    pub(crate) async fn drained(&self) {
        let endings: Vec<_> = {
            let services = self.lock();
            let entries =
                services.values().flat_map(|of_type| of_type.common.iter().chain(of_type.keyed.values()));
            entries.map(|entry| entry.ending.clone()).collect()
        };
        join_all(endings.iter().map(|ending| ending.drained())).await;
    }
}
