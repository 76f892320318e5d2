#[websocket(
    "/x",
    crate = sockets::renamed,
    mailbox(overflow = "drop_newest"),
    idle_timeout = "1h",
    origins = "any"
)]
struct X;

#[websocket(crate = sockets::renamed)]
impl X {
    #[init]
    async fn init(db: State<Db>, upgrade: &mut Upgrade<Self>) -> Self {
        Self
    }

    #[open]
    fn open(&mut self) {}

    #[text]
    fn text(&mut self, text: &str) {}

    #[handle]
    fn rest(&mut self, message: Message) {}

    #[info]
    fn info(&mut self, info: Info) {}

    #[terminate]
    fn end(&mut self, reason: &Terminate) {}
}

#[websocket(crate = sockets::renamed)]
impl Wrong {
    #[txt]
    fn text(&mut self) {}
}

#[websocket("/y", crate = sockets::renamed)]
mod y {
    #[init]
    fn init(db: State<Db>, upgrade: &mut Upgrade<Y>) -> Y {
        Y
    }

    #[text]
    fn text(y: &mut Y, text: &str) {}

    #[info]
    fn info(y: &mut Y, info: Info) {}

    #[terminate]
    fn end(y: &mut Y, reason: &Terminate) {}
}

#[websocket("wrong", crate = sockets::renamed)]
mod wrong {
    #[text]
    fn text(y: &mut Y, text: &str) {}
}
