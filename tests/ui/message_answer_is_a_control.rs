use ws_core::prelude::*;

#[websocket("/game")]
#[derive(Default)]
struct Game;

#[websocket]
impl Game {
    #[message]
    fn end(&mut self) -> Control {
        Control::stop("it is over")
    }
}

fn main() {}
