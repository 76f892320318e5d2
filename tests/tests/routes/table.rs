//! The table of routes: collected, checked, printed and asserted.

use ws_core::prelude::*;
use ws_core::{Error, assert_routes};

/// Three routes without a conflict.
mod shop {
    use ws_core::prelude::*;

    pub(super) const LAST: u32 = line!() + 1;
    #[websocket("/shop/{id}", name = "shop")]
    #[derive(Default)]
    pub(super) struct Shop;

    #[websocket]
    impl Shop {}

    pub(super) const FIRST: u32 = line!() + 1;
    #[websocket("/cart")]
    #[derive(Default)]
    pub(super) struct Cart;

    #[websocket]
    impl Cart {}

    pub(super) mod desk {
        use ws_core::prelude::*;

        pub(in super::super) const SECOND: u32 = line!() + 1;
        #[websocket("/desk/{*path}", name = "the desk")]
        #[derive(Default)]
        pub(in super::super) struct Desk;

        #[websocket]
        impl Desk {}
    }
}

/// Its name begins with `shop`, but the module is not below it.
mod shopping {
    use ws_core::prelude::*;

    #[websocket("/shopping")]
    #[derive(Default)]
    pub(super) struct Shopping;

    #[websocket]
    impl Shopping {}
}

/// Two pairs of conflicting paths and one pair of conflicting names. The path `/a/b` conflicts with no other.
mod conflicts {
    use ws_core::prelude::*;

    macro_rules! handlers {
        ($($name:ident)*) => { $(
            #[websocket]
            impl $name {}
        )* };
    }

    pub(super) const SAME_LINE: u32 = line!() + 1;
    #[websocket("/same", name = "one")]
    #[derive(Default)]
    pub(super) struct Same;

    pub(super) const X_LINE: u32 = line!() + 1;
    #[websocket("/a/{x}")]
    #[derive(Default)]
    struct X;

    pub(super) const B_LINE: u32 = line!() + 1;
    #[websocket("/a/b", name = "one")]
    #[derive(Default)]
    struct B;

    handlers! { Same X B }

    /// Two handlers with the same path do not compile in one module. In two modules, they are an error at the start.
    pub(super) mod again {
        use ws_core::prelude::*;

        pub(in super::super) const AGAIN_LINE: u32 = line!() + 1;
        #[websocket("/same")]
        #[derive(Default)]
        struct Again;

        pub(in super::super) const Y_LINE: u32 = line!() + 1;
        #[websocket("/a/{y}")]
        #[derive(Default)]
        struct Y;

        handlers! { Again Y }
    }
}

use self::shop::desk::Desk;
use self::shop::{Cart, Shop};

fn module(name: &str) -> String {
    format!("{}::{name}", module_path!())
}

fn place(line: u32) -> String {
    format!("{}:{line}", file!())
}

fn problem(app: App) -> String {
    app.try_into_router().expect_err("a startup error").to_string()
}

#[test]
fn all_that_is_linked_is_taken_in_order() {
    let routes = App::discover().routes();
    let paths: Vec<_> = routes.paths().collect();
    assert!(paths.is_sorted(), "{paths:?}");
    // Routes of this module, and of the other modules of this program.
    for path in ["/shop/{id}", "/cart", "/desk/{*path}", "/shopping", "/same", "/linked/speak"] {
        assert!(paths.contains(&path), "{path} in {paths:?}");
    }
}

#[test]
fn one_module_is_taken_with_those_below_it() {
    let paths =
        |name| App::discover_in(&module(name)).routes().paths().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(paths("shop"), ["/cart", "/desk/{*path}", "/shop/{id}"]);
    assert_eq!(paths("shop::desk"), ["/desk/{*path}"]);
    assert_eq!(paths("shopping"), ["/shopping"]);
    assert!(App::discover_in(&module("shoppin")).routes().is_empty());
    assert_eq!(App::discover_in("routes").routes().len(), App::discover().routes().len());
}

#[test]
fn the_table_shows_path_handler_place_and_name() {
    let routes = App::discover_in(&module("shop")).base_url("/v1/").routes();
    let (cart, desk, shop) = (place(shop::FIRST), place(shop::desk::SECOND), place(shop::LAST));
    let module = module("shop");
    let expected = [
        format!("/v1/cart          {module}::Cart        {cart}"),
        format!("/v1/desk/{{*path}}  {module}::desk::Desk  {desk}  as the desk"),
        format!("/v1/shop/{{id}}     {module}::Shop        {shop}  as shop"),
    ];
    assert_eq!(routes.to_string(), expected.join("\n"));
    assert_eq!(routes.len(), 3);
}

#[test]
fn every_conflict_is_reported_at_once_with_both_places() {
    let mine = line!() + 1;
    let app = App::discover_in(&module("conflicts")).mount::<Shop>("/same", ());
    let error = problem(app);
    let (head, items) = error.split_once('\n').unwrap();
    assert_eq!(head, "conflicting routes:");
    let items: Vec<_> = items.lines().collect();
    assert_eq!(items.len(), 4, "{error}");
    for (words, one, other) in [
        ("`/same`", conflicts::SAME_LINE, conflicts::again::AGAIN_LINE),
        ("`/same`", conflicts::SAME_LINE, mine),
        ("`/a/{x}`", conflicts::X_LINE, conflicts::again::Y_LINE),
        ("`/a/{y}`", conflicts::X_LINE, conflicts::again::Y_LINE),
        ("the name `one`", conflicts::SAME_LINE, conflicts::B_LINE),
    ] {
        let both = |item: &&&str| {
            item.contains(words)
                && item.contains(&format!("({})", place(one)))
                && item.contains(&format!("({})", place(other)))
        };
        assert_eq!(items.iter().filter(both).count(), 1, "{words} {one} {other} in {error}");
    }
    // Each item names the handlers, too.
    assert!(error.contains(&format!("`{}::Again`", module("conflicts::again"))), "{error}");
    let beside = App::new().mount::<Shop>("/a/{x}", ()).mount::<Cart>("/a/b", ());
    assert!(beside.try_into_router().is_ok());
}

#[test]
fn an_app_without_routes_names_the_likely_causes() {
    for app in [App::discover_in("nobody::lives::here"), App::new()] {
        let error = app.try_into_router().expect_err("a startup error");
        assert!(matches!(error, Error::NoRoute | Error::NoRouteIn { .. }));
        let text = error.to_string();
        assert!(
            text.contains("use your_crate as _;") && text.contains("the linker leaves out a crate"),
            "{text}"
        );
        assert_eq!(format!("{error:?}"), text, "`Debug` is the same text as `Display`");
    }
}

#[test]
fn bad_paths_by_hand_are_reported_at_once_with_their_places() {
    let mut app = App::new();
    let mut wanted = Vec::new();
    for (path, help) in [
        ("cart", "write `/cart`"),
        ("/cart/:id", "`{id}`"),
        ("/files/*rest", "`{*rest}`"),
        ("/files/{*rest}/end", "must be the last segment"),
        ("/{}", "plain name"),
        ("/{id}.json", "whole segment"),
        ("/{id}/{id}", "twice"),
        ("/a b", "' '"),
        ("/größe", "`gr%C3%B6%C3%9Fe`"),
    ] {
        wanted.push((path, help, line!() + 1));
        app = app.mount::<Cart>(path, ());
    }
    let error = problem(app.mount::<Shop>("/good", ()));
    assert!(error.starts_with("invalid routes:"), "{error}");
    assert_eq!(error.lines().count(), 1 + wanted.len(), "{error}");
    for (path, help, line) in wanted {
        let item = error.lines().find(|item| item.contains(&format!("- `{path}` of"))).expect(path);
        assert!(item.contains(help) && item.contains(&place(line)), "{item}");
    }
}

#[test]
fn assert_routes_passes_where_they_are_as_expected() {
    assert_routes!(App::discover_in(&module("shop")).base_url("/v1"), {
        "/v1/shop/{id}" => Shop,
        "/v1/cart" => Cart,
        "/v1/desk/{*path}" => Desk,
    });
    assert_routes!(App::new(), {});
}

#[test]
fn assert_routes_lists_vanished_and_new_routes() {
    let panic = std::panic::catch_unwind(|| {
        assert_routes!(App::discover_in(&module("shop")), {
            "/cart" => Shop,
            "/shop/{id}" => Shop,
            "/vanished" => shopping::Shopping,
        });
    });
    let text = *panic.expect_err("a failed assertion").downcast::<String>().expect("a text");
    let has = |start: &str, end: &str| text.lines().any(|line| line.starts_with(start) && line.contains(end));
    assert!(has("  missing: /vanished", "shopping::Shopping"), "{text}");
    assert!(has("  missing: /cart", "::Shop"), "a path with another handler is another route: {text}");
    assert!(has("  unexpected: /cart", &format!("::Cart  {}", place(shop::FIRST))), "{text}");
    assert!(has("  unexpected: /desk/{*path}", &place(shop::desk::SECOND)), "{text}");
    assert!(!text.contains("/shop/{id}"), "{text}");
    assert!(text.contains("use your_crate as _;"), "{text}");
    let extra = std::panic::catch_unwind(|| assert_routes!(App::new().mount::<Shop>("/s", ()), {}));
    let extra = *extra.expect_err("a failed assertion").downcast::<String>().expect("a text");
    assert!(extra.contains("  unexpected: /s  ") && !extra.contains("use your_crate"), "{extra}");
}
