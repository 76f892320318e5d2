//! The limits on open connections, in total and per address, and on plain HTTP requests. A connection takes a permit
//! before `init` and returns it when it has ended, so no race admits one too many.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use http::{HeaderName, StatusCode, header};
use tokio::sync::Notify;

use super::Shared;
use super::stats::Limit;
use crate::handshake::rejection::Rejection;

/// The numbers of open connections. Each is counted only if it is limited.
#[derive(Default)]
pub(crate) struct Admission {
    all: AtomicUsize,
    /// One entry for each block of addresses that has a connection.
    blocks: Mutex<HashMap<IpAddr, usize>>,
    /// The number of plain HTTP requests in progress.
    http: AtomicUsize,
}

/// The permit of one connection. It is returned on drop.
pub(crate) struct Permit {
    shared: Arc<Shared>,
    among_all: bool,
    block: Option<IpAddr>,
}

impl Permit {
    /// Takes a permit for a connection from `address`, which is `None` unless it is known to belong to one client.
    /// Returns `None` if nothing is limited.
    pub(crate) fn take(shared: &Arc<Shared>, address: Option<IpAddr>) -> Result<Option<Self>, Rejection> {
        let limits = &shared.setup().app_limits;
        let address = address.zip(limits.connections_per_address);
        if limits.connections.is_none() && address.is_none() {
            return Ok(None);
        }
        // If the second limit rejects the connection, the drop returns the first permit.
        let mut permit = Self { shared: shared.clone(), among_all: false, block: None };
        if let Some(most) = limits.connections {
            permit.among_all = take_one(&shared.admission.all, most);
            if !permit.among_all {
                shared.stats.limited(Limit::Connections);
                return Err(at_capacity("too many connections (`max_connections`)"));
            }
        }
        if let Some((address, most)) = address {
            let block = block(address);
            if !shared.admission.take_one_of(block, most) {
                shared.stats.limited(Limit::ConnectionsPerAddress);
                return Err(at_capacity(
                    "too many connections from your address (`max_connections_per_address`; if this is the address \
                     of a proxy, the server must list it in `trusted_proxies`)",
                ));
            }
            permit.block = Some(block);
        }
        Ok(Some(permit))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let admission = &self.shared.admission;
        if self.among_all {
            admission.all.fetch_sub(1, Ordering::AcqRel);
        }
        if let Some(block) = self.block {
            admission.give_back(block);
        }
    }
}

/// The permit for plain HTTP requests that an HTTP connection holds, if it does. Requests carry it as an extension: the
/// one that is found to be plain HTTP takes the permit. The connection returns it once the response is written.
#[derive(Clone)]
pub(crate) struct HttpPermit(Arc<PermitState>);

struct PermitState {
    shared: Arc<Shared>,
    held: AtomicBool,
    /// The number of plain responses of the connection, and whoever waits for one.
    plain: AtomicU32,
    answered: Notify,
}

/// A handshake that is answered on an HTTP connection.
pub(crate) struct Answering {
    of: HttpPermit,
    before: u32,
}

impl Answering {
    /// Waits until the response turns out to be plain HTTP, because a layer has replaced that of the handshake. hyper
    /// itself would only report this once the connection ends.
    pub(crate) async fn plainly(self) {
        let held = &*self.of.0;
        loop {
            let answered = held.answered.notified();
            if held.plain.load(Ordering::Acquire) != self.before {
                return;
            }
            answered.await;
        }
    }
}

impl HttpPermit {
    /// Creates the permit of a connection, which does not hold it yet.
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        Self(Arc::new(PermitState {
            shared: shared.clone(),
            held: AtomicBool::new(false),
            plain: AtomicU32::new(0),
            answered: Notify::new(),
        }))
    }

    /// Begins the answer to a handshake.
    pub(crate) fn answering(self) -> Answering {
        Answering { before: self.0.plain.load(Ordering::Acquire), of: self }
    }

    /// Notes that the response is plain HTTP, and [takes](Self::take) the permit for it.
    pub(crate) fn answers_plainly(&self) -> bool {
        self.0.plain.fetch_add(1, Ordering::AcqRel);
        self.0.answered.notify_waiters();
        self.take()
    }

    /// Takes the permit unless the connection holds it already. Returns `false` if there are too many requests.
    pub(crate) fn take(&self) -> bool {
        let PermitState { shared, held, .. } = &*self.0;
        let most = shared.setup().app_limits.http_requests.unwrap_or(usize::MAX);
        // The requests of a connection are handled one at a time.
        held.load(Ordering::Acquire) || {
            let taken = take_one(&shared.admission.http, most);
            held.store(taken, Ordering::Release);
            taken
        }
    }

    /// Returns the permit if the connection holds it.
    pub(crate) fn give_back(&self) {
        self.0.give_back();
    }

    /// The response to a request for which there is no permit.
    pub(crate) fn rejection(&self) -> Rejection {
        self.0.shared.stats.limited(Limit::HttpRequests);
        at_capacity("too many HTTP requests (`max_http_requests`)")
    }
}

impl PermitState {
    fn give_back(&self) {
        if self.held.swap(false, Ordering::AcqRel) {
            self.shared.admission.http.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

impl Drop for PermitState {
    fn drop(&mut self) {
        self.give_back();
    }
}

fn take_one(count: &AtomicUsize, most: usize) -> bool {
    let more = |open| (open < most).then_some(open + 1);
    count.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).is_ok()
}

impl Admission {
    fn take_one_of(&self, block: IpAddr, most: usize) -> bool {
        let mut blocks = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        let open = blocks.entry(block).or_default();
        let room = *open < most;
        *open += usize::from(room);
        room
    }

    fn give_back(&self, block: IpAddr) {
        let mut blocks = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut open) = blocks.entry(block) {
            *open.get_mut() -= 1;
            if *open.get() == 0 {
                open.remove();
            }
        }
    }
}

/// Returns the block that `address` counts for. An IPv6 client usually has a whole /64, so all of it counts as one.
pub(super) fn block(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

fn at_capacity(why: &str) -> Rejection {
    /// In seconds: long enough to reduce the load, and short enough for a person at a browser.
    const LATER: [(HeaderName, &str); 1] = [(header::RETRY_AFTER, "5")];
    Rejection::new(StatusCode::SERVICE_UNAVAILABLE, why).headers(&LATER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::Setup;
    use crate::shared::limits::AppLimits;

    fn shared(all: Option<usize>, per_address: Option<usize>) -> Arc<Shared> {
        let shared = Arc::new(Shared::default());
        let limits =
            AppLimits { connections: all, connections_per_address: per_address, ..AppLimits::default() };
        shared.set_up(Setup { app_limits: limits, ..Setup::default() });
        shared
    }

    fn take(shared: &Arc<Shared>, address: &str) -> Option<Permit> {
        Permit::take(shared, Some(address.parse().unwrap())).ok().flatten()
    }

    #[test]
    fn the_last_place_is_taken_once() {
        let shared = shared(Some(1000), Some(600));
        let take = || {
            let permits =
                (0..700).filter_map(|at| take(&shared, if at % 2 == 0 { "192.0.2.1" } else { "192.0.2.2" }));
            permits.collect::<Vec<_>>()
        };
        let taken: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(take)).collect();
            let permits: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
            permits.iter().map(Vec::len).sum()
        });
        assert_eq!(taken, 1000);
        // All permits were returned.
        assert_eq!(shared.admission.all.load(Ordering::Acquire), 0);
        assert!(shared.admission.blocks.lock().unwrap().is_empty());
    }

    #[test]
    fn a_64_of_ipv6_is_one_address() {
        let shared = shared(None, Some(1));
        let _one = take(&shared, "2001:db8::1").unwrap();
        assert!(take(&shared, "2001:db8::ffff:1").is_none());
        let _other = take(&shared, "2001:db8:0:1::1").unwrap();
        let _v4 = take(&shared, "192.0.2.1").unwrap();
        assert!(take(&shared, "::ffff:192.0.2.1").is_none());
        let _next = take(&shared, "192.0.2.2").unwrap();
        assert_eq!(shared.stats.snapshot().limited("max_connections_per_address"), 2);
    }

    #[test]
    fn a_refused_address_takes_no_place_among_all() {
        let shared = shared(Some(2), Some(1));
        let one = take(&shared, "192.0.2.1").unwrap();
        assert!(take(&shared, "192.0.2.1").is_none());
        let _other = take(&shared, "192.0.2.2").unwrap();
        assert!(take(&shared, "192.0.2.3").is_none());
        drop(one);
        assert!(take(&shared, "192.0.2.1").is_some());
    }

    #[test]
    fn nothing_is_counted_where_nothing_is_limited() {
        assert!(take(&shared(None, None), "192.0.2.1").is_none());
        let shared = shared(None, Some(1));
        assert!(Permit::take(&shared, None).unwrap().is_none());
        assert_eq!(shared.stats.snapshot(), crate::Stats::default());
    }
}
