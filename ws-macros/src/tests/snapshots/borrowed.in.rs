#[websocket]
impl<T: Display> Lender<T> {
    #[open]
    fn open(&mut self) -> &str {
        &self.name
    }

    #[text]
    async fn text(&mut self, text: &str, cx: &mut Context<Self>) -> Result<&str, Error> {
        Ok(text)
    }

    #[binary]
    async fn binary<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        bytes
    }

    #[ping]
    fn ping(&mut self, bytes: &[u8]) -> String {
        String::new()
    }

    #[terminate]
    fn end(&mut self, why: &Terminate) {}
}
