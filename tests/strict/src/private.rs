//! A handler in module form that nobody outside can name.

use ::renamed::websocket;

#[websocket("/strict/module", crate = ::renamed)]
mod module {
    use ::std::default::Default;

    /// How often it was spoken to.
    #[derive(Debug, Default)]
    struct Spoken(u32);

    #[text]
    fn said(spoken: &mut Spoken, text: &str) -> ::std::string::String {
        spoken.0 += 1;
        ::std::format!("{text} {}", spoken.0)
    }
}
