#[websocket]
impl Uploads {
    #[binary]
    async fn store(&mut self, mut body: MessageStream, cx: &mut Context<Self>) -> Result<String, Failed> {
        Ok(String::new())
    }

    #[cfg(unix)]
    #[text]
    async fn text(&mut self, body: ws_core::MessageStream) {}

    #[cfg(not(unix))]
    #[text]
    fn other(&mut self, text: &str) {}
}
