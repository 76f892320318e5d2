#![allow(unused)]

use ws_core::prelude::*;

struct News;

fn say(hub: &Hub) {
    hub.publish("news", News);
}


fn main() {}
