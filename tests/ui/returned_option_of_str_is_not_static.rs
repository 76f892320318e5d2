#![allow(unused)]

use ws_core::prelude::*;

#[websocket("/words")]
#[derive(Default)]
struct Custom(String);

#[websocket]
impl Custom {
    #[text]
    fn received(&mut self, text: &str) -> Result<Option<&str>, Close> {
        Ok(Some(&self.0))
    }
}

fn main() {}
