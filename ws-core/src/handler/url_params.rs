//! The types that can fill in the parameters of a URL.

use std::fmt::Display;

/// The path parameters for [`AppHandle::url`](crate::AppHandle::url) and [`url_for`](crate::AppHandle::url_for): `()`
/// for none, or an array, slice or vector of `(name, value)` pairs, in any order.
///
/// A name is an `AsRef<str>`, and a value a `Display`. All values of a list have the same type; format them to `String`
/// if they do not. Pass values as they are: they are percent-encoded for you.
///
/// ```
/// # fn f(app: &ws_core::AppHandle) -> Result<(), ws_core::UrlError> {
/// app.url_for("home", ())?;
/// app.url_for("chat", [("room", "42")])?;
/// app.url_for("seat", &[("row", 7), ("seat", 21)])?;
/// # Ok(())
/// # }
/// ```
pub trait UrlParams {
    /// Returns the name and value of each parameter.
    fn pairs(&self) -> Vec<(&str, &dyn Display)>;
}

impl UrlParams for () {
    fn pairs(&self) -> Vec<(&str, &dyn Display)> {
        Vec::new()
    }
}

impl<N: AsRef<str>, V: Display> UrlParams for [(N, V)] {
    fn pairs(&self) -> Vec<(&str, &dyn Display)> {
        self.iter().map(|(name, value)| (name.as_ref(), value as &dyn Display)).collect()
    }
}

impl<N: AsRef<str>, V: Display, const LEN: usize> UrlParams for [(N, V); LEN] {
    fn pairs(&self) -> Vec<(&str, &dyn Display)> {
        self.as_slice().pairs()
    }
}

impl<N: AsRef<str>, V: Display> UrlParams for Vec<(N, V)> {
    fn pairs(&self) -> Vec<(&str, &dyn Display)> {
        self.as_slice().pairs()
    }
}

impl<P: UrlParams + ?Sized> UrlParams for &P {
    fn pairs(&self) -> Vec<(&str, &dyn Display)> {
        (**self).pairs()
    }
}
