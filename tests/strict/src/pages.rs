//! Functions that receive events of pages, with names like those in the generated code.

use ::renamed::{AppHandle, PageSession, State, message};
use ::std::clone::Clone;
use ::std::string::String;

/// A state.
#[derive(Clone, Copy, Debug)]
pub struct Jobs(u8);

#[message(crate = ::renamed)]
fn call(payload: &str, needs: State<Jobs>, info: &PageSession) -> u8 {
    info.send_event("call", &payload);
    needs.0.0
}

#[message("another", crate = ::renamed)]
async fn answering(app: AppHandle, payload: String) -> ::std::result::Result<u64, String> {
    ::std::future::ready(()).await;
    if app.is_draining() {
        ::std::result::Result::Err(payload)
    } else {
        ::std::result::Result::Ok(app.stats().pages)
    }
}
