#[websocket]
impl Shop {
    #[text]
    fn order(&mut self, Json(order): Json<Order>) -> Result<Json<Receipt>, SoldOut> {}

    #[error]
    fn bad(&mut self, bad: BadPayload) -> Json<Problem> {}

    #[error]
    #[cfg(feature = "stock")]
    async fn sold_out(&mut self, error: SoldOut, cx: &mut Context<Self>) -> Option<Json<Problem>> {}

    #[error]
    fn other(&mut self, error: BoxError) -> Result<(), BoxError> {}
}
