#[service]
impl Room {
    #[message]
    fn say(&mut self, member: &Member<Self>, say: Say) -> Said {}

    #[incoming]
    fn bytes(&mut self, bytes: &[u8]) {}

    #[error]
    fn bad(&mut self, member: &Member<Self>, bad: BadPayload) {}
}
