use std::time::Duration;

use ws_core::prelude::*;

#[service("/lounge")]
#[derive(Default)]
struct Lounge;

#[service]
impl Lounge {
    #[join]
    fn join(&mut self, member: &Member<Self>) {
        member.notify_expiring(Duration::from_secs(30));
    }

    #[info]
    fn expiring(&mut self, _: Expiring) {}
}

fn main() {}
