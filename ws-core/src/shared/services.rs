//! The services of an app, by type: where each is said things, and how it ends with the app.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::{BoxFuture, join_all};

/// The end of a service, whatever its type.
pub(crate) trait Ending: Send + Sync {
    /// Tells it that the app drains and all of its members have left. Resolves when its task is over.
    fn drained(&self) -> BoxFuture<'_, ()>;
}

struct Entry {
    post: Arc<dyn Any + Send + Sync>,
    ending: Arc<dyn Ending>,
}

#[derive(Default)]
pub(crate) struct Services(Mutex<HashMap<TypeId, Entry>>);

impl Services {
    /// What stands for the service of type `id`; `make` makes it where there is none.
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

    /// Ends all, once their members have left; resolves when they are over.
    pub(crate) async fn drained(&self) {
        let endings: Vec<_> = {
            let services = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            services.values().map(|entry| entry.ending.clone()).collect()
        };
        join_all(endings.iter().map(|ending| ending.drained())).await;
    }
}
