#[websocket]
impl Quiet {}
