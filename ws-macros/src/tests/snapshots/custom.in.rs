/// Greets, and echoes what it receives.
#[websocket("/socket/custom")]
#[derive(Default)]
struct Custom;

struct Greet(&'static str);

#[websocket]
impl Custom {
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) {
        cx.notify_after(Duration::from_secs(1), Greet("Hello!"));
    }

    /// Docs stay.
    #[text]
    #[tracing::instrument(skip_all)]
    async fn received(&mut self, text: &str) -> String {
        format!("You said: {text}")
    }

    #[info]
    fn greet(&mut self, Greet(words): Greet, cx: &mut Context<Self>) -> &'static str {
        cx.notify_after(Duration::from_secs(5), Greet("Hello again!"));
        words
    }

    #[terminate]
    fn gone(&mut self, reason: &Terminate) {
        println!("gone: {reason}");
    }
}
