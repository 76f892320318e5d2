#[websocket("no/slash", nam = "x")]
#[derive(Default)]
struct Wrong;

#[websocket]
impl<T: Send + 'static> Wrong<T> {
    #[txt]
    fn text(&mut self, text: &str) {}

    #[open]
    pub fn open(self, text: &str) {}

    #[binary]
    fn fine(&mut self) {}
}

#[websocket("/mod", nam = "x")]
mod custom {
    #[text]
    fn received(seen: &mut Seen, text: &str) {}

    #[open]
    fn open(seen: &mut Context<Seen>) {}

    #[binary]
    fn binary(&mut self, bytes: &[u8]) {}
}

#[websocket("/unknown")]
mod unknown {
    #[init]
    fn new() -> Seen {}
}

#[websocket("/file")]
pub mod file;
