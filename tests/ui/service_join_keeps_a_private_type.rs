#![allow(unused)]

use ws_core::prelude::*;

struct Guest;

#[service]
#[derive(Default)]
pub struct Custom;

#[service]
impl Custom {
    #[join]
    fn join(&mut self) -> Guest {
        Guest
    }
}

fn main() {}
