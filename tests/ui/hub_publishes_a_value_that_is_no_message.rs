#![allow(unused)]

use ws_core::prelude::*;

struct News;

fn send(hub: &Hub) {
    hub.publish("news", News);
}


fn main() {}
