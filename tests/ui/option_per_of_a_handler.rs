use ws_core::prelude::*;

#[websocket("/game/{id}", per = "id")]
#[derive(Default)]
struct Game;

#[websocket]
impl Game {}

fn main() {}
