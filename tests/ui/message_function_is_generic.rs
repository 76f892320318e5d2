use ws_core::prelude::*;

#[message]
fn say<T: serde::de::DeserializeOwned>(said: T) {
    let _ = said;
}

fn main() {}
