/// Keeps who is there.
#[service(inbox(messages = 16, overflow = "drop_oldest"), name = "rooms")]
pub struct RoomList {
    members: Vec<Member<Self>>,
}

#[service]
impl RoomList {
    #[init]
    async fn new(State(db): State<Db>, app: AppHandle) -> Result<Self, DbError> {
        db.rooms(app).await
    }

    #[join]
    async fn join(&mut self, Query(who): Query<Who>, member: &Member<Self>) -> Result<Name, StatusCode> {
        self.names(who).await
    }

    #[rejoin]
    fn again(&mut self, member: &Member<Self>) {}

    #[incoming]
    async fn received(&mut self, member: &Member<Self>, text: &str) {
        wait().await;
    }

    #[incoming]
    async fn bytes(&mut self, bytes: Bytes) -> Control {
        Control::Continue
    }

    #[cfg(feature = "all")]
    #[incoming]
    fn other(&mut self, other: Message, member: &Member<Self>) {}

    #[broadcast]
    fn news(&mut self, News(words): &News) {}

    #[info]
    fn tick(&mut self, _: Tick) -> Control {
        Control::stop("enough")
    }

    #[timeout]
    fn idle(&mut self) {}

    #[close]
    fn gone(&mut self, reason: &Terminate, member: &Member<Self>) {}

    #[terminate]
    async fn over(&mut self) {}
}
