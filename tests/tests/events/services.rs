//! Events of a service.

use serde::{Deserialize, Serialize};
use ws_core::BadPayload;
use ws_core::prelude::*;
use ws_tests::Server;
use ws_tests::raw::{BINARY, Raw};

use super::{ask, next};

#[derive(Deserialize)]
struct Say {
    text: String,
}

#[derive(Serialize)]
struct Said {
    number: usize,
}

#[service("/events-of-a-room", envelope(id = "ref"))]
#[derive(Default)]
struct Room {
    members: Vec<Member<Self>>,
    said: usize,
}

#[service]
impl Room {
    #[join]
    fn join(&mut self, member: &Member<Self>) {
        self.members.push(member.clone());
    }

    #[message]
    async fn say(&mut self, member: &Member<Self>, say: Say) -> Said {
        self.said += 1;
        for other in self.members.iter().filter(|other| *other != member) {
            other.send(say.text.as_str());
        }
        Said { number: self.said }
    }

    #[message]
    fn count(&mut self) -> Result<usize, String> {
        if self.said == 0 { Err("nothing was said".to_owned()) } else { Ok(self.said) }
    }

    #[message]
    async fn fail(&mut self, _: &Member<Self>) -> Result<(), std::fmt::Error> {
        Err(std::fmt::Error)
    }

    #[incoming]
    fn bytes(&mut self, member: &Member<Self>, message: Message) {
        member.send(format!("{} bytes", message.len()));
    }
}

#[service("/events-with-errors")]
#[derive(Default)]
struct Careful;

#[service]
impl Careful {
    #[message]
    fn say(&mut self, _: Say) {}

    #[error]
    fn bad(&mut self, member: &Member<Self>, bad: BadPayload) {
        member.send(format!("bad: {bad}"));
    }
}

async fn connect(server: &Server, path: &str) -> Raw {
    Raw::connect(server.addr, path).await
}

#[tokio::test]
async fn a_service_answers_the_member_that_sent_the_event() {
    let server = Server::start(App::new().mount_service::<Room>("/room")).await;
    let (mut ada, mut bob) = (connect(&server, "/room").await, connect(&server, "/room").await);
    assert_eq!(
        ask(&mut ada, r#"{"type": "count", "ref": 1}"#).await,
        r#"{"type":"error","ref":1,"error":"nothing was said"}"#
    );
    assert_eq!(
        ask(&mut ada, r#"{"type": "say", "ref": 2, "text": "hi"}"#).await,
        r#"{"type":"say","ref":2,"number":1}"#
    );
    assert_eq!(next(&mut bob).await, "hi");
    assert_eq!(ask(&mut bob, r#"{"type": "count"}"#).await, r#"{"type":"count","data":1}"#);
    bob.frame(BINARY, &[1, 2]).await;
    assert_eq!(next(&mut bob).await, "2 bytes");
}

#[tokio::test]
async fn what_is_no_event_gets_an_error_and_other_members_notice_nothing() {
    let server = Server::start(App::new().mount_service::<Room>("/room")).await;
    let (mut ada, mut bob) = (connect(&server, "/room").await, connect(&server, "/room").await);
    for (text, code) in
        [("[", "bad_envelope"), (r#"{"type": "x"}"#, "unknown_type"), (r#"{"type": "say"}"#, "bad_payload")]
    {
        let answer = ask(&mut ada, text).await;
        assert!(
            answer.starts_with(&format!(r#"{{"type":"error","error":{{"code":"{code}","message":""#)),
            "{answer}"
        );
    }
    assert_eq!(ask(&mut ada, r#"{"type": "fail", "ref": 7}"#).await, "closed: 1011");
    assert_eq!(ask(&mut bob, r#"{"type": "say", "text": "hi"}"#).await, r#"{"type":"say","number":1}"#);
}

#[tokio::test]
async fn the_error_callback_of_a_service_receives_what_reaches_no_callback() {
    let server = Server::start(App::new().mount_service::<Careful>("/")).await;
    let mut client = connect(&server, "/").await;
    for (text, error) in [
        (r#"{"type": "say", "id": 1}"#, "bad: invalid `say`: missing field `text`"),
        (r#"{"type": "sing", "id": 1}"#, "bad: unknown type `sing`"),
        ("[", "bad: not an event: "),
    ] {
        let bad = ask(&mut client, text).await;
        assert!(bad.starts_with(error), "{bad}");
    }
    assert_eq!(
        ask(&mut client, r#"{"type": "say", "id": 1, "text": "x"}"#).await,
        r#"{"type":"say","id":1}"#
    );
}
