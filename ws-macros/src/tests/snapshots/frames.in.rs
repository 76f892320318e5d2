#[websocket]
impl Frames {
    const LIMIT: usize = { 1 + 1 };

    #[text]
    fn text(&mut self, cx: &mut ws_core::Context<Self>, text: my::Json<Vec<u8>>) -> Result<(), Error> {
        Default::default()
    }

    #[binary]
    async fn binary(&mut self, bytes: &[u8]) {}

    #[ping]
    fn ping(&mut self) {}

    #[pong]
    async fn pong(&mut self, bytes: Bytes, cx: &mut Cx<Self>) -> Result<(), Error> {
        Default::default()
    }

    #[handle]
    fn message(&mut self, message: Message, cx: &mut Cx) -> Reply {
        Default::default()
    }

    #[terminate]
    async fn end(&mut self, cx: &mut Cx, why: &Terminate) -> Result<(), Error> {
        Default::default()
    }

    pub fn helper(&self) {}
}
