//! The data that all connections of an app share, and a few helpers. In reading order: the [`limits`] of a connection,
//! its [`heartbeat`] and [`rate_limit`] with its [`bucket`]s, also those of [`address_rates`], the options of `http2`,
//! the counters ([`stats`]), [`admission`], the [`drain`], the app's [`states`], its [`urls`] with their [`pattern`]s,
//! its [`services`] and its tasks in the [`background`]; then the [`load`] of a worker, the time limits of
//! [`callbacks`], the [`clock`], [`panics`], the [`log_limit`] and the [`canonical`] form of addresses.

pub(crate) mod address_rates;
pub(crate) mod admission;
pub(crate) mod background;
pub(crate) mod bucket;
pub(crate) mod callbacks;
pub(crate) mod canonical;
pub(crate) mod clock;
pub(crate) mod drain;
pub(crate) mod heartbeat;
#[cfg(feature = "http2")]
pub(crate) mod http2;
pub(crate) mod limits;
pub(crate) mod load;
pub(crate) mod log_limit;
pub(crate) mod panics;
pub(crate) mod pattern;
pub(crate) mod rate_limit;
pub(crate) mod services;
pub(crate) mod states;
pub(crate) mod stats;
pub(crate) mod urls;

use std::net::SocketAddr;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, LazyLock, OnceLock};

use self::address_rates::AddressRates;
use self::admission::Admission;
use self::background::Background;
use self::drain::Drain;
use self::limits::{AppLimits, Limits};
use self::log_limit::LogLimit;
use self::states::States;
use self::stats::Counters;
use self::urls::UrlResolver;
use crate::handshake::origin::Origin;
use crate::handshake::proxies::Proxies;
use crate::protocol::Compression;

/// The data that all connections of an app share.
#[derive(Default)]
pub(crate) struct Shared {
    pub(crate) stats: Counters,
    pub(crate) drain: Drain,
    pub(crate) admission: Admission,
    pub(crate) log_limit: LogLimit,
    pub(crate) background: Background,
    /// The number of bytes of messages that were read ahead of their callbacks.
    pub(crate) read_ahead: AtomicUsize,
    setup: OnceLock<Setup>,
    /// Those of the routes without a limit of their own.
    address_rates: OnceLock<Option<Arc<AddressRates>>>,
    /// The address of the app's own listener, once it listens.
    listens_on: OnceLock<SocketAddr>,
}

/// The configuration of an app, once it has started.
#[derive(Default)]
pub(crate) struct Setup {
    pub(crate) states: States,
    pub(crate) urls: UrlResolver,
    /// The app's limits, which those of a route override.
    pub(crate) limits: Limits,
    pub(crate) app_limits: AppLimits,
    pub(crate) proxies: Proxies,
    /// The app's compression, which that of a route overrides.
    pub(crate) compression: Option<Compression>,
    /// The origins at which the app is reached from outside.
    pub(crate) public: Vec<Origin>,
    /// The app declared the hosts that it serves.
    pub(crate) has_hosts: bool,
}

impl Shared {
    /// Returns the configuration. It is empty until the app starts.
    pub(crate) fn setup(&self) -> &Setup {
        static NONE: LazyLock<Setup> = LazyLock::new(Setup::default);
        self.setup.get().unwrap_or(&NONE)
    }

    /// Sets the configuration. An app starts once.
    pub(crate) fn set_up(&self, setup: Setup) {
        let _ = self.setup.set(setup);
    }

    /// Returns the limits of the client addresses, which all routes without one of their own share.
    pub(crate) fn address_rates(&self) -> Option<&Arc<AddressRates>> {
        let new =
            || self.setup().limits.rate_limit_per_address.map(|limit| Arc::new(AddressRates::new(limit)));
        self.address_rates.get_or_init(new).as_ref()
    }

    /// Sets the address of the app's listener.
    pub(crate) fn listens_on(&self, addr: SocketAddr) {
        let _ = self.listens_on.set(addr);
    }

    /// Returns the port at which clients reach the app over TLS: that of a public URL, or else of the listener.
    #[cfg(feature = "tls")]
    pub(crate) fn https_port(&self) -> Option<u16> {
        let public = self.setup().public.iter().find_map(Origin::https_port);
        public.or_else(|| Some(self.listens_on.get()?.port()))
    }

    /// Returns the port of the app's listener, if it listens on a loopback address and did not declare its hosts.
    pub(crate) fn loopback(&self) -> Option<u16> {
        let addr = self.listens_on.get().filter(|addr| addr.ip().to_canonical().is_loopback())?;
        (!self.setup().has_hosts).then(|| addr.port())
    }
}
