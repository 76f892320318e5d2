#![allow(unused)]

use ws_core::prelude::*;

struct NameTaken;

#[websocket("/chat")]
#[derive(Default)]
struct Chat;

#[websocket]
impl Chat {
    #[message]
    fn rename(&mut self) -> Result<(), NameTaken> {
        Err(NameTaken)
    }
}

fn main() {}
