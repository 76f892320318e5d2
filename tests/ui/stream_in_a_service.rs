#![allow(unused)]

use ws_core::prelude::*;

#[service("/uploads")]
#[derive(Default)]
struct Uploads;

#[service]
impl Uploads {
    #[incoming]
    async fn store(&mut self, member: &Member<Self>, mut body: MessageStream) {
        while let Some(part) = body.next().await {}
    }
}

fn main() {}
