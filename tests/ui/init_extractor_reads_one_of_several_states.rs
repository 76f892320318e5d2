#![allow(unused)]

use axum::extract::FromRef;
use axum_extra::extract::SignedCookieJar;
use axum_extra::extract::cookie::Key;
use ws_core::prelude::*;

#[derive(Clone)]
struct Shop {
    key: Key,
}

impl FromRef<Shop> for Key {
    fn from_ref(shop: &Shop) -> Self {
        shop.key.clone()
    }
}

#[websocket("/custom")]
struct Custom;

#[websocket]
impl Custom {
    #[init]
    fn new(jar: SignedCookieJar) -> Self {
        Self
    }
}

fn main() {}
