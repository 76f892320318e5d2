#[websocket]
impl crate::r#mod::r#Loop {
    #[info]
    fn r#type(&mut self, info: Infos) {}

    #[info]
    fn self_(&mut self, info: LoopInfo) {}

    #[info]
    fn greet_all(&mut self, info: A) {}

    #[info]
    fn greetAll(&mut self, info: B) {}

    #[info]
    fn _1(&mut self, info: C) {}
}
