#![allow(unused)]

use ws_core::prelude::*;

struct Refused;

#[service]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {
    #[incoming]
    fn received(&mut self, text: &str) -> Result<(), Refused> {
        Ok(())
    }
}

fn main() {}
