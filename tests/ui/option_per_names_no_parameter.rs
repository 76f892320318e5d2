use ws_core::prelude::*;

#[service("/game/{id}", per = "game")]
#[derive(Default)]
struct Game;

#[service]
impl Game {}

fn main() {}
