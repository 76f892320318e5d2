//! What is owed at the end of a service: each member's `close`, then `terminate`, whatever becomes of one of them.

use std::any::type_name;
use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::task::{Context as TaskContext, Waker};
use std::vec;

use futures_util::FutureExt;

use super::contract::Service;
use super::letter::Leaving;
use super::member::Member;
use super::post::Post;
use crate::panics::{self, contained};
use crate::shared::mailbox::ConnectionId;
use crate::terminate::Terminate;

/// Dropped before it is done, it goes on: what has not begun runs up to its first await.
pub(super) struct Parting<S: Service> {
    post: Arc<Post<S>>,
    service: Option<S>,
    /// Members that had left before, for reasons of their own.
    left: VecDeque<Box<Leaving>>,
    /// The others, once those are through.
    others: Option<vec::IntoIter<ConnectionId>>,
    reason: Arc<Terminate>,
    of_members: Arc<Terminate>,
    /// Whom `close` is called for.
    member: Option<Member<S>>,
    terminates: bool,
}

impl<S: Service> Parting<S> {
    pub(super) fn new(
        post: Arc<Post<S>>,
        service: Option<S>,
        left: VecDeque<Box<Leaving>>,
        reason: Arc<Terminate>,
        of_members: Arc<Terminate>,
    ) -> Self {
        Self { post, service, left, others: None, reason, of_members, member: None, terminates: false }
    }

    pub(super) async fn run(mut self) {
        while let Some(reason) = self.next() {
            if let (Some(service), Some(member)) = (&mut self.service, &self.member) {
                close(service, member, &reason).await;
            }
        }
        self.terminates = true;
        if let Some(service) = &mut self.service {
            terminate(service, &self.reason).await;
        }
    }

    /// Goes on to the next member: why it leaves.
    fn next(&mut self) -> Option<Arc<Terminate>> {
        self.forget();
        while let Some(leaving) = self.left.pop_front() {
            self.member = self.post.remove(leaving.id);
            if self.member.is_some() {
                return Some(leaving.reason);
            }
        }
        let post = &self.post;
        let others = self.others.get_or_insert_with(|| post.ids().into_iter());
        self.member = others.find_map(|id| post.remove(id));
        self.member.as_ref().map(|_| self.of_members.clone())
    }

    /// It may hold the last of what is kept of its member.
    fn forget(&mut self) {
        let member = self.member.take();
        contained(move || drop(member));
    }
}

impl<S: Service> Drop for Parting<S> {
    fn drop(&mut self) {
        while let Some(reason) = self.next() {
            if let (Some(service), Some(member)) = (&mut self.service, &self.member) {
                once(close(service, member, &reason));
            }
        }
        if let Some(mut service) = self.service.take() {
            if !self.terminates {
                once(terminate(&mut service, &self.reason));
            }
            contained(move || drop(service));
        }
        let reason = std::mem::replace(&mut self.reason, Arc::new(Terminate::Aborted));
        contained(move || drop(reason));
    }
}

/// Runs a callback as far as it gets without waiting.
fn once(callback: impl Future<Output = ()>) {
    let mut callback = Box::pin(callback);
    let _ = callback.as_mut().poll(&mut TaskContext::from_waker(Waker::noop()));
    contained(move || drop(callback));
}

/// A last callback: a panic of its own is reported and goes no further.
async fn close<S: Service>(service: &mut S, member: &Member<S>, reason: &Terminate) {
    let closing = async { drop(service.close(member, reason).await) };
    last_words::<S>("close", closing).await;
}

pub(super) async fn terminate<S: Service>(service: &mut S, reason: &Terminate) {
    last_words::<S>("terminate", async { service.terminate(reason).await }).await;
}

async fn last_words<S: Service>(callback: &'static str, words: impl Future<Output = ()>) {
    if let Err(payload) = AssertUnwindSafe(words).catch_unwind().await {
        let panic = panics::caught(callback, payload);
        tracing::error!(service = type_name::<S>(), callback = panic.callback(), "{panic}");
    }
}
