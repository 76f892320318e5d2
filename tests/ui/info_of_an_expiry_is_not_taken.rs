#![allow(unused)]

use std::time::Duration;

use ws_core::prelude::*;

#[websocket("/custom")]
struct Custom;

#[websocket]
impl Custom {
    #[init]
    fn enter(upgrade: &mut Upgrade<Self>) -> Self {
        upgrade.expires_after(Duration::from_secs(60));
        upgrade.notify_expiring(Duration::from_secs(10));
        Self
    }
}

fn main() {}
