#[service]
impl Aliases {
    #[join]
    fn join(&mut self, member: Member, seat: &Seat) -> JoinResult {
        JoinResult(member)
    }

    #[incoming]
    fn received(&mut self, seat: &Seat, order: Order) {}

    #[close]
    fn gone(&mut self, end: &End, seat: &Seat) {}
}

#[service]
impl<T> Generic<T> {
    #[join]
    fn join(&mut self) -> Kept<T> {
        self.kept()
    }

    #[broadcast]
    fn news(&mut self, member: &Member) {}

    #[info]
    fn notified(&mut self, member: Member) {}
}
