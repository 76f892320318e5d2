#[service]
mod foobar {
    use super::*;

    #[derive(Default)]
    pub struct Foobar(u32);

    #[incoming]
    fn received(foobar: &mut Foobar, member: &Member<Foobar>, Json(what): Json<What>) {
        foobar.0 += 1;
    }

    #[close]
    fn gone(foobar: &mut Foobar) {}
}
