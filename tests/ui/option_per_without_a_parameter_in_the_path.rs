use ws_core::prelude::*;

#[service(per = "id")]
#[derive(Default)]
struct Game;

#[service]
impl Game {}

fn main() {}
