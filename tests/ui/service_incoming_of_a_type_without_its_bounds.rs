//! The type implements `FromText`, but only for a `T` that implements `Deserialize`.

#![allow(unused)]

use serde::Deserialize;
use ws_core::prelude::*;
use ws_core::{BadPayload, FromText, IncomingText};

struct Order;

struct Wrapper<T>(T);

impl<'a, T: Deserialize<'a>> FromText<'a> for Wrapper<T> {
    fn from_text(text: &'a mut IncomingText<'_>) -> Result<Self, BadPayload> {
        serde_json::from_str(text).map(Self).map_err(|error| BadPayload::new(error.to_string()))
    }
}

#[service]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {
    #[incoming]
    fn received(&mut self, order: Wrapper<Order>) {}
}

fn main() {}
