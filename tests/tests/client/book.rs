//! The listings of the book's chapter on the client, run against a server.

use serde::{Deserialize, Serialize};
use ws_core::client::{self, Error};
use ws_core::prelude::*;
use ws_tests::{Server, within};

type Outcome = Result<(), Box<dyn std::error::Error>>;

// ANCHOR: server
#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct Bid {
    euros: u32,
}

/// Accepts higher bids, up to 100 euros.
#[websocket("/auction/{item}", subprotocols = ["auction.v1"])]
#[derive(Default)]
struct Auction {
    highest: u32,
}

#[websocket]
impl Auction {
    #[init]
    fn init(headers: axum::http::HeaderMap) -> Result<Self, (axum::http::StatusCode, &'static str)> {
        match headers.get("authorization") {
            Some(token) if token == "Bearer ada" => Ok(Self::default()),
            _ => Err((axum::http::StatusCode::UNAUTHORIZED, "who are you?")),
        }
    }

    #[text]
    fn bid(&mut self, Json(bid): Json<Bid>) -> Reply {
        self.highest = self.highest.max(bid.euros);
        let reply = Reply::new().with(Json(Bid { euros: self.highest }));
        if self.highest < 100 { reply } else { reply.close(CloseCode::from_static(4000), "sold") }
    }
}
// ANCHOR_END: server

async fn serve() -> (Server, String) {
    let server = Server::start(App::discover_in(module_path!())).await;
    let url = format!("ws://{}/auction/lamp", server.addr);
    (server, url)
}

// ANCHOR: bid
async fn bid(url: &str) -> Result<Bid, Error> {
    let mut client = client::request(url)
        .header("authorization", "Bearer ada")
        .subprotocols(&["auction.v1"])
        .connect()
        .await?;
    client.send_json(&Bid { euros: 10 }).await?;
    let highest = client.json().await?;
    client.close(CloseCode::NORMAL, "bye").await?;
    Ok(highest)
}
// ANCHOR_END: bid

#[tokio::test]
async fn one_bid() -> Outcome {
    let (_server, url) = serve().await;
    assert_eq!(within(bid(&url)).await?, Bid { euros: 10 });
    Ok(())
}

// ANCHOR: both
async fn bid_until_sold(url: &str) -> Result<Vec<Message>, Error> {
    let mut client = client::request(url).header("authorization", "Bearer ada").connect().await?;
    let sender = client.sender();
    tokio::spawn(async move {
        for euros in (10..).step_by(10) {
            // An error means that the connection has ended.
            if sender.send_json(&Bid { euros }).await.is_err() {
                break;
            }
        }
    });
    let mut answers = Vec::new();
    while let Some(answer) = client.recv().await? {
        answers.push(answer);
    }
    assert_eq!(client.closed().await?, Some((4000, "sold".to_owned())));
    Ok(answers)
}
// ANCHOR_END: both

#[tokio::test]
async fn bids_until_it_is_sold() -> Outcome {
    let (_server, url) = serve().await;
    let answers = within(bid_until_sold(&url)).await?;
    assert_eq!(answers.len(), 10);
    assert_eq!(answers[9], Message::json(&Bid { euros: 100 })?);
    Ok(())
}

// ANCHOR: rejected
async fn status(url: &str) -> Result<String, Error> {
    match client::connect(url).await {
        Ok(_) => Ok("open".to_owned()),
        Err(Error::Rejected(response)) => Ok(format!("{}: {}", response.status, response.body)),
        Err(error) => Err(error),
    }
}
// ANCHOR_END: rejected

#[tokio::test]
async fn a_rejection_is_an_http_response() -> Outcome {
    let (_server, url) = serve().await;
    assert_eq!(within(status(&url)).await?, "401: who are you?");
    Ok(())
}

// ANCHOR: ping
async fn round_trip(client: &mut client::Client) -> Result<std::time::Duration, Error> {
    let sent = std::time::Instant::now();
    client.ping("now").await?;
    client.recv_pong().await?;
    Ok(sent.elapsed())
}
// ANCHOR_END: ping

#[tokio::test]
async fn a_ping_measures_the_round_trip() -> Outcome {
    let (_server, url) = serve().await;
    let request = client::request(&url).header("authorization", "Bearer ada");
    let mut client = within(request.connect()).await?;
    assert!(within(round_trip(&mut client)).await? < ws_tests::PATIENCE);
    Ok(())
}
