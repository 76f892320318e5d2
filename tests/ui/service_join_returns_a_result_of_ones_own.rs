#![allow(unused)]

use ws_core::prelude::*;

struct Result<A, B>(A, B);

#[service]
#[derive(Default)]
struct Custom;

#[service]
impl Custom {
    #[join]
    fn join(&mut self) -> Result<u8, u16> {
        Result(1, 2)
    }
}

fn main() {}
