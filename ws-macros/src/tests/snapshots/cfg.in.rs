#[websocket]
#[cfg(feature = "chosen")]
impl Chosen {
    #[cfg(feature = "db")]
    #[cfg(unix)]
    #[init]
    fn with_db(State(db): State<Db>) -> Self {
        Self
    }

    #[cfg(feature = "test")]
    #[init]
    fn without(upgrade: &mut Upgrade<Self>) -> Self {
        Self
    }

    #[cfg(feature = "greet")]
    #[open]
    fn open(&mut self) {}

    #[cfg(unix)]
    #[text]
    fn unix(&mut self, text: &str) {}

    #[cfg(not(unix))]
    #[text]
    fn other(&mut self, text: String) {}

    #[cfg(unix)]
    #[handle]
    fn rest(&mut self) {}

    #[cfg(unix)]
    #[info]
    fn tick(&mut self, tick: Tick) {}

    #[cfg(unix)]
    #[terminate]
    fn end(&mut self) {}
}
