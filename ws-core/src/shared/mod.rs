//! What stands between a connection and the rest of the program: its mailbox for what others say to it, its desk for
//! what its own handler says, and what all connections of an app share.

pub(crate) mod admission;
pub(crate) mod desk;
pub(crate) mod directory;
pub(crate) mod drain;
pub(crate) mod mailbox;
pub(crate) mod registry;
pub(crate) mod services;
pub(crate) mod state;
pub(crate) mod stats;

use std::sync::{LazyLock, OnceLock};

use self::admission::Admission;
use self::directory::Directory;
use self::drain::Drain;
use self::registry::Registry;
use self::services::Services;
use self::state::States;
use self::stats::Counters;
use crate::compression::Compression;
use crate::handshake::origin::Origin;
use crate::handshake::proxies::Proxies;
use crate::hub::backplane::Seam;
use crate::hub::topics::Topics;
use crate::limits::{Bounds, Limits};

/// What all connections of one app share.
#[derive(Default)]
pub(crate) struct Shared {
    pub(crate) stats: Counters,
    pub(crate) live: Registry,
    pub(crate) services: Services,
    pub(crate) drain: Drain,
    pub(crate) admission: Admission,
    pub(crate) topics: Topics,
    pub(crate) backplane: Seam,
    setup: OnceLock<Setup>,
}

/// What is settled at the start.
#[derive(Default)]
pub(crate) struct Setup {
    pub(crate) states: States,
    pub(crate) directory: Directory,
    /// The app's own limits, under those of each route.
    pub(crate) limits: Limits,
    pub(crate) bounds: Bounds,
    pub(crate) proxies: Proxies,
    /// Under that of each route as well.
    pub(crate) compression: Option<Compression>,
    /// Where the app is reached from outside.
    pub(crate) public: Vec<Origin>,
}

impl Shared {
    /// The setup; before the start, an empty one.
    pub(crate) fn setup(&self) -> &Setup {
        static NONE: LazyLock<Setup> = LazyLock::new(Setup::default);
        self.setup.get().unwrap_or(&NONE)
    }

    /// Settles the setup; an app starts once.
    pub(crate) fn settle(&self, setup: Setup) {
        let _ = self.setup.set(setup);
    }
}
