use ws_core::prelude::*;

#[message]
fn who_am_i(session: BrowserSession) -> Option<String> {
    session.user().map(ToOwned::to_owned)
}

fn main() {}
