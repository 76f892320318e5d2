//! `Json`, `MsgPack` and `Cbor` in binary messages.

use serde::{Deserialize, Serialize};
use tokio_websockets::Message as Sent;
use ws_core::prelude::*;

use super::answer;

#[derive(Deserialize)]
struct Order<'a> {
    fruit: &'a str,
    count: u32,
    #[serde(default)]
    bag: Option<&'a [u8]>,
}

#[derive(Serialize)]
struct Price {
    fruit: String,
    cents: u32,
    bag: usize,
}

impl Price {
    fn of(order: &Order<'_>) -> Self {
        let bag = order.bag.map_or(0, <[u8]>::len);
        Self { fruit: order.fruit.to_owned(), cents: 40 * order.count, bag }
    }
}

/// Fails to serialize.
struct Broken;

impl Serialize for Broken {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("broken"))
    }
}

#[derive(Default)]
struct MsgPackShop;

#[websocket]
impl MsgPackShop {
    #[binary]
    fn order(&mut self, MsgPack(order): MsgPack<Order<'_>>) -> MsgPack<Price> {
        MsgPack(Price::of(&order))
    }

    #[text]
    fn text(&mut self, _: &str) -> (Vec<MsgPack<bool>>, MsgPack<Broken>) {
        (vec![MsgPack(true)], MsgPack(Broken))
    }
}

#[derive(Default)]
struct CborShop;

#[websocket]
impl CborShop {
    #[binary]
    async fn order(&mut self, order: Cbor<Order<'_>>) -> Option<Cbor<Price>> {
        tokio::task::yield_now().await;
        Some(Cbor(Price::of(&order)))
    }

    #[text]
    fn text(&mut self, _: &str) -> Cbor<Broken> {
        Cbor(Broken)
    }
}

#[derive(Default)]
struct JsonShop;

#[websocket]
impl JsonShop {
    #[binary]
    fn order(&mut self, Json(order): Json<Order<'_>>) -> Json<Price> {
        Json(Price::of(&order))
    }
}

fn bytes(bytes: &[u8]) -> Sent {
    Sent::binary(bytes.to_vec())
}

fn shown(bytes: &[u8]) -> String {
    format!("{bytes:02x?}")
}

#[tokio::test]
async fn messagepack_in_a_handler() {
    let app = || App::new().mount::<MsgPackShop>("/", ());
    let price = shown(b"\x83\xa5fruit\xa3fig\xa5cents\x78\xa3bag\x00");
    assert_eq!(answer(app(), bytes(b"\x82\xa5fruit\xa3fig\xa5count\x03")).await, price);
    // A struct may come as an array.
    assert_eq!(answer(app(), bytes(b"\x92\xa3fig\x03")).await, price);
    let price = shown(b"\x83\xa5fruit\xa3fig\xa5cents\x28\xa3bag\x02");
    assert_eq!(answer(app(), bytes(b"\x93\xa3fig\x01\xc4\x02\xff\xfe")).await, price);
    let early = "1007: invalid MessagePack: the message ends too early";
    assert_eq!(answer(app(), bytes(b"\x92\xa3fig")).await, early);
    assert_eq!(answer(app(), Sent::text("many")).await, "[c3]");
}

#[tokio::test]
async fn cbor_in_a_handler() {
    let app = || App::new().mount::<CborShop>("/", ());
    let price = shown(b"\xa3\x65fruit\x63fig\x65cents\x18\x78\x63bag\x00");
    assert_eq!(answer(app(), bytes(b"\xa2\x65fruit\x63fig\x65count\x03")).await, price);
    // A map of indefinite length.
    assert_eq!(answer(app(), bytes(b"\xbf\x65fruit\x63fig\x65count\x03\xff")).await, price);
    let after = "1007: invalid CBOR: bytes after the value";
    assert_eq!(answer(app(), bytes(b"\xa2\x65fruit\x63fig\x65count\x03\x00")).await, after);
    let missing = "1007: invalid CBOR: missing field `count`";
    assert_eq!(answer(app(), bytes(b"\xa1\x65fruit\x63fig")).await, missing);
    assert_eq!(answer(app(), Sent::text("broken")).await, "1011: ");
}

#[tokio::test]
async fn json_in_a_binary_message() {
    let app = || App::new().mount::<JsonShop>("/", ());
    let price = r#"{"fruit":"fig","cents":80,"bag":0}"#;
    assert_eq!(answer(app(), bytes(br#"{"fruit": "fig", "count": 2}"#)).await, price);
    let invalid = answer(app(), bytes(b"\xff\xfe")).await;
    assert_eq!(invalid, "1007: invalid JSON: expected value at line 1 column 1");
}

#[derive(Default)]
struct MsgPackDesk;

#[service]
impl MsgPackDesk {
    #[incoming]
    fn order(&mut self, MsgPack(order): MsgPack<Order<'_>>, member: &Member<Self>) {
        member.send(Message::msgpack(&Price::of(&order)).expect("a message"));
    }
}

#[service("/payloads/cbor")]
mod cbor_desk {
    use ws_core::prelude::*;

    use super::{Order, Price};

    #[derive(Default)]
    pub(super) struct Desk;

    #[incoming]
    async fn order(_: &mut Desk, member: &Member<Desk>, Cbor(order): Cbor<Order<'_>>) {
        tokio::task::yield_now().await;
        member.send(Message::cbor(&Price::of(&order)).expect("a message"));
    }
}

#[tokio::test]
async fn messagepack_and_cbor_in_services() {
    let app = || App::new().mount_service::<MsgPackDesk>("/");
    let price = shown(b"\x83\xa5fruit\xa3fig\xa5cents\x78\xa3bag\x00");
    assert_eq!(answer(app(), bytes(b"\x92\xa3fig\x03")).await, price);
    let reason = "1007: invalid MessagePack: the message ends too early";
    assert_eq!(answer(app(), bytes(b"")).await, reason);
    let app = || App::new().mount_service::<cbor_desk::Desk>("/");
    let price = shown(b"\xa3\x65fruit\x63fig\x65cents\x18\x78\x63bag\x00");
    assert_eq!(answer(app(), bytes(b"\xa2\x65fruit\x63fig\x65count\x03")).await, price);
}
