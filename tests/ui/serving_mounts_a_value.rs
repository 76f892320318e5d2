//! This message is rustc's. A connection gets a value of its own, so the type is mounted, not a value. The second argument is an
//! option for `#[init]`.
#![allow(unused)]

use ws_core::prelude::*;

#[derive(Default)]
struct Echo;

#[websocket]
impl Echo {}

fn main() {
    let app = App::new().mount("/echo", Echo);
}
