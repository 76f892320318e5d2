#![allow(unused)]

use ws_core::prelude::*;

#[service]
#[derive(Default)]
struct Custom;

struct News;
struct Rain;

#[service]
impl Custom {
    #[broadcast]
    fn news(&mut self, news: &News) {}
}

fn send(app: &AppHandle) {
    app.broadcast::<Custom>(Rain);
}

fn main() {}
