//! This message is rustc's. `#[websocket]` generates an item for each path, with a name made from the path, and this one exists
//! twice: change one of the two. Paths that differ only in the names of their parameters are equal. Handlers in different
//! modules with the same path are reported at startup, with both places.
#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/rooms/{room}")]
#[derive(Default)]
struct Rooms;

#[websocket]
impl Rooms {}

#[websocket("/rooms/{id}")]
#[derive(Default)]
struct Lobby;

#[websocket]
impl Lobby {}

fn main() {}
