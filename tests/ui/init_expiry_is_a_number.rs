#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/custom")]
struct Custom;

#[websocket]
impl Custom {
    #[init]
    fn enter(upgrade: &mut Upgrade<Self>) -> Self {
        upgrade.expires_at(1_999_999_999);
        Self
    }
}

fn main() {}
