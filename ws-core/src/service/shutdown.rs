//! The end of a service: each member's `close`, then `terminate`. A callback that panics does not prevent the others.

use std::any::type_name;
use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::task::{Context as TaskContext, Waker};
use std::vec;

use futures_util::FutureExt;

use super::actor_message::Leave;
use super::address::Address;
use super::member::Member;
use super::service::Service;
use super::time_limits::TimeLimits;
use crate::connection::ConnectionId;
use crate::message::{Panic, Terminate};
use crate::shared::log_limit::Line;
use crate::shared::panics::{self, catch_and_log};

/// The callbacks that still have to run. If it is dropped before it completes, each callback that has not started runs
/// up to its first await.
pub(super) struct Shutdown<S: Service> {
    address: Arc<Address<S>>,
    service: Option<S>,
    /// Members that had left before, each with its own reason.
    left: VecDeque<Box<Leave>>,
    /// The other members. They follow once `left` is empty.
    others: Option<vec::IntoIter<ConnectionId>>,
    reason: Arc<Terminate>,
    of_members: Arc<Terminate>,
    /// The member that `close` is called for.
    member: Option<Member<S>>,
    terminates: bool,
}

impl<S: Service> Shutdown<S> {
    pub(super) fn new(
        address: Arc<Address<S>>,
        service: Option<S>,
        left: VecDeque<Box<Leave>>,
        reason: Arc<Terminate>,
        of_members: Arc<Terminate>,
    ) -> Self {
        Self { address, service, left, others: None, reason, of_members, member: None, terminates: false }
    }

    pub(super) async fn run(mut self) {
        while let Some(reason) = self.next() {
            if let (Some(service), Some(member)) = (&mut self.service, &self.member) {
                let closing = close(service, member, &reason);
                let _ = self.address.settings.time_limits.close("close", closing).await;
            }
        }
        self.terminates = true;
        if let Some(service) = &mut self.service {
            terminate(service, &self.reason, &self.address.settings.time_limits).await;
        }
    }

    /// Moves on to the next member. Returns the reason why it leaves.
    fn next(&mut self) -> Option<Arc<Terminate>> {
        self.drop_member();
        while let Some(leave) = self.left.pop_front() {
            self.member = self.address.remove(leave.id);
            if self.member.is_some() {
                return Some(leave.reason);
            }
        }
        let address = &self.address;
        let others = self.others.get_or_insert_with(|| address.ids().into_iter());
        self.member = others.find_map(|id| address.remove(id));
        self.member.as_ref().map(|_| self.of_members.clone())
    }

    /// Drops the current member. This may drop its kept value, which is of the user's type.
    fn drop_member(&mut self) {
        let member = self.member.take();
        catch_and_log(move || drop(member));
    }
}

impl<S: Service> Drop for Shutdown<S> {
    fn drop(&mut self) {
        while let Some(reason) = self.next() {
            if let (Some(service), Some(member)) = (&mut self.service, &self.member) {
                once(close(service, member, &reason));
            }
        }
        if let Some(mut service) = self.service.take() {
            if !self.terminates {
                once(terminate_unlimited(&mut service, &self.reason));
            }
            catch_and_log(move || drop(service));
        }
        let reason = std::mem::replace(&mut self.reason, Arc::new(Terminate::Aborted));
        catch_and_log(move || drop(reason));
    }
}

/// Runs a callback up to its first await.
fn once(callback: impl Future<Output = ()>) {
    let mut callback = Box::pin(callback);
    let _ = callback.as_mut().poll(&mut TaskContext::from_waker(Waker::noop()));
    catch_and_log(move || drop(callback));
}

/// Calls `close`. A panic in it is logged.
async fn close<S: Service>(service: &mut S, member: &Member<S>, reason: &Terminate) {
    let closing = async { drop(service.close(member, reason).await) };
    // All members may leave at once.
    let admit = |panic: &Panic| member.shared().log_limit.admit_panic(type_name::<S>(), panic);
    last_words::<S>("close", closing, admit).await;
}

/// Calls `terminate` within its time limit. A panic in it is logged.
pub(super) async fn terminate<S: Service>(service: &mut S, reason: &Terminate, limits: &TimeLimits) {
    let _ = limits.close("terminate", terminate_unlimited(service, reason)).await;
}

async fn terminate_unlimited<S: Service>(service: &mut S, reason: &Terminate) {
    let admit = |_: &Panic| Some(Line { suppressed: None });
    last_words::<S>("terminate", async { service.terminate(reason).await }, admit).await;
}

async fn last_words<S: Service>(
    callback: &'static str,
    words: impl Future<Output = ()>,
    admit: impl FnOnce(&Panic) -> Option<Line>,
) {
    if let Err(payload) = AssertUnwindSafe(words).catch_unwind().await {
        let panic = panics::caught(callback, payload);
        let service = type_name::<S>();
        if let Some(Line { suppressed }) = admit(&panic) {
            tracing::error!(service, callback = panic.callback(), suppressed, "{panic}");
        }
    }
}
