#[websocket]
impl<T: Send + Sync + 'static> Reader<T> {
    #[broadcast]
    fn news(&mut self, news: &News<T>) -> String {
        news.headline()
    }

    #[info]
    fn notified(&mut self, news: News<T>) {}

    #[broadcast]
    async fn rare(&mut self, rare: &Rare, cx: &mut Context<Self>) {}

    #[outgoing]
    fn outgoing(&mut self, message: Message) -> Option<Message> {
        Some(message)
    }
}

#[websocket]
impl Quiet {
    #[cfg(feature = "a")]
    #[outgoing]
    fn one(&mut self, message: Message) {}

    #[cfg(feature = "b")]
    #[outgoing]
    async fn other(&mut self, message: Message) {}
}
