//! The services of an app, by type: the address of each, and its end when the app drains.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::{BoxFuture, join_all};

/// Ends a service of any type.
pub(crate) trait Ending: Send + Sync {
    /// Ends the service, because the app drains and all members have left. Resolves when its task has ended.
    fn drained(&self) -> BoxFuture<'_, ()>;
}

struct Entry {
    post: Arc<dyn Any + Send + Sync>,
    ending: Arc<dyn Ending>,
}

#[derive(Default)]
pub(crate) struct Services(Mutex<HashMap<TypeId, Entry>>);

impl Services {
    /// Returns the address of the service of type `id`. If there is none, `make` creates it.
    pub(crate) fn of<P, E>(&self, id: TypeId, make: impl FnOnce() -> (P, Arc<E>)) -> Arc<P>
    where
        P: Any + Send + Sync,
        E: Ending + 'static,
    {
        let mut services = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = services.entry(id).or_insert_with(|| {
            let (post, ending) = make();
            Entry { post: Arc::new(post), ending }
        });
        entry.post.clone().downcast().expect("a service has one type")
    }

    /// Ends all services, once their members have left. Resolves when their tasks have ended.
    pub(crate) async fn drained(&self) {
        let endings: Vec<_> = {
            let services = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            services.values().map(|entry| entry.ending.clone()).collect()
        };
        join_all(endings.iter().map(|ending| ending.drained())).await;
    }
}
