#[websocket]
impl<T: Send + 'static, const N: usize> Relay<T, N>
where
    Self: Sized,
{
    #[init]
    fn create() -> Self {
        Self::new()
    }

    #[info]
    async fn job(&mut self, job: Job<T>) {}

    #[info]
    async fn merge(&mut self, other: Vec<Self>) {}
}
