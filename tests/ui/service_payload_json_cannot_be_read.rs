#![allow(unused)]

use ws_core::prelude::*;

struct Order;

#[service]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {
    #[incoming]
    fn received(&mut self, member: &Member<Self>, Json(order): Json<Order>) {}
}

fn main() {}
