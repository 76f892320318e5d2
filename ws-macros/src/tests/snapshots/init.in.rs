#[websocket]
impl Chat {
    #[init]
    pub async fn create(
        State(db): State<Db>,
        axum::extract::Query(query): axum::extract::Query<Params>,
        upgrade: &mut Upgrade<Self>,
    ) -> Result<Self, StatusCode> {
        Default::default()
    }
}
