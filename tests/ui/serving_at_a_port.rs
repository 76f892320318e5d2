#![allow(unused)]

fn main() -> ws_core::Result {
    ws_core::run(8080)
}
