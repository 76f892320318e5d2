//! The macro compares types as they are written, so this message is rustc's, at the type. Each type can have only one
//! `#[error]`.
#![allow(unused)]

use std::error::Error;

use ws_core::BoxError;
use ws_core::prelude::*;

#[websocket("/shop")]
#[derive(Default)]
struct Shop;

#[websocket]
impl Shop {
    #[error]
    fn any(&mut self, error: BoxError) {}

    #[error]
    fn others(&mut self, error: Box<dyn Error + Send + Sync>) {}
}

fn main() {}
