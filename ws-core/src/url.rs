//! Parameters of a url, in whatever form they are at hand.

use std::fmt::Display;

/// The parameters of [`AppHandle::url`](crate::AppHandle::url): `()` for none, or pairs of name and value.
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
    /// Name and value of each.
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
