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

#[websocket("/mod")]
mod custom {
    #[text]
    fn said(seen: &mut Seen) {}
}
