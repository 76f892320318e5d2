//! The rate limits that all connections of a client address share. One that comes back at once after its last connection
//! has ended finds its buckets as it left them.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::admission::block;
use super::bucket::Buckets;
use super::clock::Moment;
use super::rate_limit::RateLimit;

/// The largest number of addresses without a connection whose buckets are kept until they are full again.
const KEPT: usize = 1024;

/// The buckets of all addresses.
#[derive(Debug)]
pub(crate) struct AddressRates {
    limit: RateLimit,
    addresses: Mutex<Addresses>,
}

#[derive(Debug, Default)]
struct Addresses {
    known: HashMap<IpAddr, Known>,
    /// The addresses that had no connection at some time, and are kept.
    kept: VecDeque<IpAddr>,
}

#[derive(Debug)]
struct Known {
    buckets: Arc<Mutex<Buckets>>,
    connections: usize,
    /// The address is among those that are kept.
    kept: bool,
}

/// The buckets of one address, held by one of its connections.
#[derive(Debug)]
pub(crate) struct AddressRate {
    rates: Arc<AddressRates>,
    block: IpAddr,
    buckets: Arc<Mutex<Buckets>>,
}

impl AddressRates {
    pub(crate) fn new(limit: RateLimit) -> Self {
        Self { limit, addresses: Mutex::default() }
    }

    /// Counts a connection of `address`. Returns `None` if nothing is limited.
    pub(crate) fn enter(self: &Arc<Self>, address: IpAddr) -> Option<AddressRate> {
        let (now, block) = (Moment::now(), block(address));
        let mut addresses = self.lock();
        addresses.forget(now);
        let buckets = if let Some(known) = addresses.known.get_mut(&block) {
            known.connections += 1;
            known.buckets.clone()
        } else {
            let buckets = Arc::new(Mutex::new(Buckets::new(&self.limit, now)?));
            let known = Known { buckets: buckets.clone(), connections: 1, kept: false };
            addresses.known.insert(block, known);
            buckets
        };
        drop(addresses);
        Some(AddressRate { rates: self.clone(), block, buckets })
    }

    fn lock(&self) -> MutexGuard<'_, Addresses> {
        self.addresses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AddressRate {
    /// Locks the buckets.
    pub(crate) fn buckets(&self) -> MutexGuard<'_, Buckets> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for AddressRate {
    fn drop(&mut self) {
        let mut addresses = self.rates.lock();
        addresses.leave(self.block);
        addresses.forget(Moment::now());
    }
}

impl Addresses {
    fn leave(&mut self, block: IpAddr) {
        if let Some(known) = self.known.get_mut(&block) {
            known.connections -= 1;
            if known.connections == 0 && !known.kept {
                known.kept = true;
                self.kept.push_back(block);
            }
        }
    }

    /// Forgets addresses that need not be kept any more, and the oldest of too many.
    fn forget(&mut self, now: Moment) {
        while let Some(block) = self.kept.front() {
            let too_many = self.kept.len() > KEPT;
            if let Some(known) = self.known.get_mut(block) {
                let is_full = known.buckets.lock().unwrap_or_else(PoisonError::into_inner).are_full(now);
                if known.connections > 0 {
                    known.kept = false;
                } else if is_full || too_many {
                    self.known.remove(block);
                } else {
                    return;
                }
            }
            self.kept.pop_front();
        }
        if self.known.is_empty() {
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn address(number: u32) -> IpAddr {
        IpAddr::V4(number.into())
    }

    fn known(rates: &AddressRates) -> usize {
        rates.lock().known.len()
    }

    fn slow() -> Arc<AddressRates> {
        Arc::new(AddressRates::new(RateLimit::new().messages(1).burst(10)))
    }

    #[test]
    fn an_address_is_forgotten_once_its_burst_is_refilled() {
        let rates = slow();
        for take in [0, 3] {
            let (one, other) = (rates.enter(address(1)).unwrap(), rates.enter(address(1)).unwrap());
            for _ in 0..take {
                one.buckets().take(1, 1, 0, Moment::now());
            }
            drop(one);
            assert_eq!(known(&rates), 1);
            drop(other);
            // Full buckets need not be kept.
            assert_eq!(known(&rates), usize::from(take > 0));
        }
        let seconds = |count| Moment::now().later(Duration::from_secs(count));
        rates.lock().forget(seconds(2));
        assert_eq!(known(&rates), 1);
        rates.lock().forget(seconds(3));
        assert_eq!((known(&rates), rates.lock().kept.len()), (0, 0));
    }

    #[test]
    fn a_bounded_number_of_addresses_without_a_connection_is_kept() {
        let rates = slow();
        let stays = rates.enter(address(0)).unwrap();
        for number in 1..10_000 {
            let rate = rates.enter(address(number)).unwrap();
            rate.buckets().take(1, 1, 0, Moment::now());
            // It comes and goes several times.
            drop(rate);
            drop(rates.enter(address(number)));
        }
        assert_eq!((known(&rates), rates.lock().kept.len()), (KEPT + 1, KEPT));
        assert!(rates.lock().known.contains_key(&address(9_999)), "the newest are kept");
        drop(stays);
    }
}
