//! Two services of the same name in two modules. Each takes its path from its name.

use ws_core::App;

mod shops {
    pub(super) mod fruit {
        use ws_core::prelude::*;

        #[service]
        #[derive(Default)]
        pub(crate) struct PriceList;

        #[service]
        impl PriceList {}
    }

    pub(super) mod wine {
        use ws_core::prelude::*;

        #[service]
        pub(crate) mod price_list {
            #[derive(Default)]
            pub(crate) struct Prices;

            #[join]
            fn join(_: &mut Prices) {}
        }
    }
}

#[test]
fn two_services_of_one_name() {
    let app = App::discover_in(&format!("{}::shops", module_path!()));
    let printed = app.try_into_router().expect_err("two routes of one path").to_string();
    let (_, problem) = printed.split_once("conflicting routes:\n  - ").expect("a conflict");
    let without_lines: String = problem.chars().filter(|letter| !letter.is_ascii_digit()).collect();
    let file = file!();
    assert_eq!(
        without_lines,
        format!(
            "`/websocket/price_list` of `service_places::alike::shops::wine::price_list::Prices` ({file}:) conflicts \
             with `/websocket/price_list` of `service_places::alike::shops::fruit::PriceList` ({file}:): change one \
             of the paths; the default path of a service is made from its name, so set another with \
             `#[service(\"/path\")]`"
        )
    );
}
