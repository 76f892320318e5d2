use ws_core::prelude::*;

struct Db;

#[message]
fn say(text: &str, db: State<Db>) {
    let _ = (text, db);
}

fn main() {}
