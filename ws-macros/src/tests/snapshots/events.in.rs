#[websocket("/chat", envelope(tag = "op", payload = "data"))]
struct Chat;

#[websocket]
impl Chat {
    #[message]
    async fn say(&mut self, say: Say<'_>) -> Said<'_> {}

    #[message("rename")]
    async fn change(&mut self, to: Rename, cx: &mut Context<Self>) -> Result<Renamed, NameTaken> {}

    #[message]
    fn leave(&mut self) {}

    #[handle]
    fn other(&mut self, message: Message) {}
}
