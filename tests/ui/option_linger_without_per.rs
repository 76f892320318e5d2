use ws_core::prelude::*;

#[service("/game/{id}", linger = "30s")]
#[derive(Default)]
struct Game;

#[service]
impl Game {}

fn main() {}
