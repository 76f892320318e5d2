//! The text is rustc's own: `#[websocket]` notes each path in its module, under a name made of it, and this one is there
//! twice: change one of the two. Paths that differ in the names of their parameters alone are the same path. In different
//! modules it is found when the program starts, with both places.
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
