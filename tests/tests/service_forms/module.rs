//! The module form.

use ws_core::prelude::*;
use ws_tests::{Server, text, within};

/// Served at `/websocket/counting`.
#[service]
pub(crate) mod counting {
    use ws_core::prelude::*;

    /// The number of received texts.
    #[derive(Default)]
    pub(crate) struct Counting(u32);

    #[join]
    fn join(counting: &mut Counting) -> u32 {
        counting.0
    }

    #[incoming]
    fn received(counting: &mut Counting, text: &str, member: &Member<Counting>) {
        counting.0 += 1;
        member.send(format!("{text} {} {}", member.kept(), counting.0));
    }
}

#[tokio::test]
async fn one_state_for_all_members() {
    use futures_util::SinkExt;
    use tokio_websockets::Message as Sent;
    let server = Server::start(App::discover().state(ws_tests::notes::Notes::default())).await;
    for member in 0..3 {
        let mut client = server.connect("/websocket/counting").await;
        within(client.send(Sent::text("hi"))).await.unwrap();
        assert_eq!(text(&mut client).await, format!("hi {member} {}", member + 1));
    }
}
