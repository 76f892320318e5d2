//! Mistakes in callbacks.

use super::{bad_callback, fails, passes};

fn ok(members: &str) -> String {
    passes("", &format!("impl Custom {{ {members} }}"))
}

#[test]
fn receiver() {
    let example = "fn text(&mut self, text: &str, cx: &mut Context<Self>)";
    bad_callback(
        "#[text] fn received(text: &str) {}",
        "received",
        &format!("`#[text]` must take `&mut self` as its first argument\nhelp: write `{example}`"),
    );
    let cases = [
        ("self", "the handler by reference: the connection owns it"),
        ("mut self", "the handler by reference: the connection owns it"),
        ("&self", "`&mut self`, even if it does not change the handler"),
        ("self: &mut Self", "`&mut self` in its short form"),
    ];
    for (receiver, what) in cases {
        let text = format!("`#[open]` must take {what}\nhelp: write `&mut self`");
        bad_callback(&format!("#[open] fn open({receiver}) {{}}"), receiver, &text);
    }
}

#[test]
fn too_many_arguments() {
    let example = "fn binary(&mut self, bytes: &[u8], cx: &mut Context<Self>)";
    bad_callback(
        "#[binary] fn f(&mut self, a: &[u8], b: Vec<u8>) {}",
        "Vec<u8>",
        &format!("`#[binary]` takes only one payload\nhelp: write `{example}`"),
    );
    bad_callback(
        "#[binary] fn f(&mut self, a: &mut Cx, b: &mut Cy) {}",
        "&mut Cy",
        &format!(
            "`#[binary]` takes only one `&mut` argument besides self: the context\nhelp: write `{example}`"
        ),
    );
    bad_callback(
        "#[open] fn f(&mut self, a: &str) {}",
        "&str",
        "`#[open]` takes no payload: it takes `&mut self` and, optionally, `cx: &mut Context<Self>`\nhelp: remove \
         this argument",
    );
}

#[test]
fn concrete_types() {
    let text = "an argument of a callback cannot be `impl Trait`\nhelp: write the concrete type";
    bad_callback("#[text] fn f(&mut self, a: Json<impl Read>) {}", "Json<impl Read>", text);
    bad_callback("#[init] fn f(a: impl Read) -> Self {}", "impl Read", text);
}

#[test]
fn broadcast() {
    bad_callback(
        "#[broadcast] fn news(&mut self) {}",
        "news",
        "`#[broadcast]` needs a payload: its type selects the broadcasts to receive\nhelp: write `fn broadcast(&mut \
         self, news: &YourType, cx: &mut Context<Self>)`",
    );
    bad_callback(
        "#[broadcast] fn f(&mut self, a: Vec<News>) {}",
        "Vec<News>",
        "a broadcast is shared by all its receivers, so the callback takes it by reference\nhelp: write `&Vec<News>`",
    );
    let text =
        "`a` already receives broadcasts of this type\nhelp: merge both into `a`, or remove one of them";
    fails(
        "",
        "impl C { #[broadcast] fn a(&mut self, a: &News) {} #[broadcast] fn b(&mut self, b: &News) {} }",
        &[("&News", text)],
    );
    ok("#[broadcast] fn a(&mut self, a: &News) {} #[info] fn b(&mut self, b: News) {}");
}

#[test]
fn outgoing() {
    bad_callback(
        "#[outgoing] fn f(&mut self) {}",
        "f",
        "`#[outgoing]` needs a payload: the message that is about to be sent\nhelp: write `fn outgoing(&mut self, \
         message: Message, cx: &mut Context<Self>) -> Option<Message>`",
    );
    ok("#[outgoing] async fn f(&mut self, message: Message) -> Option<Message> { Some(message) }");
}

#[test]
fn info() {
    bad_callback(
        "#[info] fn tick(&mut self, cx: &mut Context<Self>) {}",
        "tick",
        "`#[info]` needs a payload: its type selects the infos to receive\nhelp: write `fn info(&mut self, info: \
         YourType, cx: &mut Context<Self>)`",
    );
    bad_callback(
        "#[info] fn f(&mut self, a: &str) {}",
        "&str",
        "an info waits in a queue, so it cannot be borrowed\nhelp: take an owned type, or a `&'static` reference",
    );
    bad_callback(
        "#[info] fn f(&mut self, a: Words<'_>) {}",
        "Words<'_>",
        "an info waits in a queue, so it cannot be borrowed\nhelp: take an owned type, or a `&'static` reference",
    );
    ok("#[info] fn f(&mut self, a: Box<dyn FnOnce(Words<'_>) + Send>) {}");
    ok("#[info] fn f(&mut self, a: &'static str) {}");
    let item =
        "impl Custom { #[info] fn a(&mut self, a: Tick<u8>) {} #[info] fn b(&mut self, b: Tick<u8>) {} }";
    let text = "`a` already receives infos of this type\nhelp: merge both into `a`, or remove one of them";
    fails("", item, &[("Tick<u8>", text)]);
}

#[test]
fn replies() {
    let text =
        "a callback cannot return a future\nhelp: write `async fn`, and return the output of the future";
    let future = "impl Future<Output = String>";
    bad_callback(&format!("#[text] fn f(&mut self) -> {future} {{}}"), future, text);
    for reply in [
        "&str",
        "(Option<u8>, &'_ str)",
        "Option<&'static str>",
        "Theirs<&str>",
        "&Theirs",
        "Option<&str>",
        "impl Theirs<Future>",
    ] {
        ok(&format!("#[text] fn f(&mut self) -> {reply} {{}}"));
    }
}

/// Rustc reports a type that does not fit, because a name decides nothing.
#[test]
fn names_decide_nothing() {
    ok("#[terminate] fn f(&mut self, reason: ws_core::Terminate) {}");
    ok("#[terminate] fn f(&mut self, reason: &Alias) {}");
    ok("#[init] fn f(cx: &mut Context<Self>) -> Self {}");
    ok("#[init] fn f(upgrade: &mut Upgrade<Context>) -> Self {}");
}

#[test]
fn qualifiers() {
    let cannot = |what: &str, written: &str| format!("`#[open]` cannot be {what}\nhelp: remove `{written}`");
    bad_callback("#[open] const fn f(&mut self) {}", "const", &cannot("`const`", "const"));
    bad_callback("#[open] unsafe fn f(&mut self) {}", "unsafe", &cannot("`unsafe`", "unsafe"));
    bad_callback(
        "#[open] extern \"C\" fn f(&mut self) {}",
        "extern \"C\"",
        &cannot("`extern`", "extern \"C\""),
    );
    bad_callback("#[open] fn f(&mut self, ...) {}", "...", &cannot("variadic", "..."));
    bad_callback(
        "#[text] fn f<'a, T>(&mut self, a: &'a str) {}",
        "<'a, T>",
        "`#[text]` cannot be generic\nhelp: move the parameters to the impl",
    );
    bad_callback(
        "#[init] fn f<'a>(up: &'a mut Upgrade<Self>) -> Self {}",
        "<'a>",
        "`#[init]` cannot be generic\nhelp: move the parameters to the impl, and leave out lifetimes",
    );
    bad_callback(
        "#[open] fn f(&mut self) where Self: Sized {}",
        "where Self: Sized",
        "`#[open]` cannot have a `where` clause\nhelp: move the bounds to the impl",
    );
}

#[test]
fn init() {
    bad_callback(
        "#[init] fn f(&mut self) -> Self {}",
        "&mut self",
        "`#[init]` cannot take `self`: it creates the handler\nhelp: remove `self` and return `Self`",
    );
    bad_callback(
        "#[init] fn f(up: &mut Upgrade<Self>, a: A) -> Self {}",
        "&mut Upgrade<Self>",
        "only the last argument of `#[init]`, the upgrade, can be a `&mut` reference\nhelp: move `upgrade: &mut \
         Upgrade<Self>` to the end; all other arguments are extractors",
    );
}

#[test]
fn misspelt_markers() {
    let meant =
        |wrong: &str, right: &str| format!("unknown marker `#[{wrong}]`\nhelp: did you mean `#[{right}]`?");
    for (wrong, right) in
        [("txt", "text"), ("Open", "open"), ("bin_ary", "binary"), ("terminated", "terminate")]
    {
        bad_callback(&format!("#[{wrong}] fn f(&mut self) {{}}"), wrong, &meant(wrong, right));
    }
}

/// Attributes of other crates are kept, even if they resemble a marker.
#[test]
fn foreign_attributes() {
    let foreign = [
        "test",
        "inline",
        "cold",
        "must_use",
        "track_caller",
        "instrument",
        "tracing::instrument",
        "their::txt",
        "tracing::info",
        "their::text(a)",
        "inlin(e)",
        "on",
        "rustfmt::skip",
    ];
    for attribute in foreign {
        let code = ok(&format!("#[text] #[{attribute}] fn f(&mut self) {{}} #[{attribute}] fn g() {{}}"));
        let kept: String = attribute.parse::<proc_macro2::TokenStream>().unwrap().to_string();
        let (item, _) = code.split_once("const _").unwrap();
        assert_eq!(item.matches(&format!("# [{kept}]")).count(), 2, "{code}");
    }
}

#[test]
fn names_of_other_frameworks() {
    let typed = "write `#[text]` to receive text messages, `#[binary]` to receive bytes, or `#[message]` for typed events";
    for (name, help) in [
        ("onmessage", typed),
        ("on_message", typed),
        ("on_error", "write `#[error]`"),
        ("on_binary", "write `#[binary]`"),
        ("handle_text", "write `#[text]`"),
        ("auth", "write `#[init]`, which accepts or rejects a client"),
    ] {
        let text = format!("unknown marker `#[{name}]`\nhelp: {help}");
        bad_callback(&format!("#[{name}] fn f(&mut self) {{}}"), name, &text);
    }
    // A function that has a marker may have another crate's attribute too.
    ok("#[text] #[event] fn f(&mut self) {}");
}

#[test]
fn markers_out_of_place() {
    bad_callback(
        "#[text(json)] fn f(&mut self) {}",
        "#[text(json)]",
        "`#[text]` takes no arguments\n\
         help: write `#[text]`; for an attribute of another crate, write its path: `#[their_crate::text(…)]`",
    );
    for (of_services, instead) in [
        ("incoming", "use `#[text]` and `#[binary]` to receive messages"),
        ("close", "use `#[terminate]`, which is called when the connection has ended"),
    ] {
        let text = format!("`#[{of_services}]` is for services, not for handlers\nhelp: {instead}");
        bad_callback(&format!("#[{of_services}] fn f(&mut self) {{}}"), of_services, &text);
    }
    bad_callback(
        "#[text] const A: u8 = 1;",
        "text",
        "`#[text]` can only mark a method\nhelp: move it to a `fn`",
    );
    bad_callback(
        "#[text] #[binary] fn f(&mut self) {}",
        "binary",
        "`f` already has the marker `#[text]`\nhelp: write a separate method for each marker",
    );
}

#[test]
fn twice() {
    let text = "`a` is already the `#[text]` callback\nhelp: merge both into `a`, or remove one of them";
    fails("", "impl C { #[text] fn a(&mut self) {} #[text] fn b(&mut self) {} }", &[("b", text)]);
    ok("#[text] fn a(&mut self) {} #[cfg(unix)] #[text] fn b(&mut self) {}");
    ok("#[info] fn a(&mut self, a: A) {} #[info] fn b(&mut self, b: B) {}");
}

#[test]
fn events() {
    let help = "write `#[message]`, or `#[message(\"name\")]` for another type than the name of the method";
    for (attribute, at, problem) in [
        ("#[message(say)]", "#[message(say)]", "`#[message]` takes the type of the event as a string"),
        (
            "#[message = \"say\"]",
            "#[message = \"say\"]",
            "`#[message]` takes the type of the event as a string",
        ),
        ("#[message(\"\")]", "\"\"", "the type of an event cannot be empty"),
    ] {
        bad_callback(&format!("{attribute} fn f(&mut self) {{}}"), at, &format!("{problem}\nhelp: {help}"));
    }
    let twice =
        "`a` already receives the messages of type `x`\nhelp: merge both into `a`, or remove one of them";
    fails(
        "",
        "impl C { #[message(\"x\")] fn a(&mut self) {} #[message] fn x(&mut self) {} }",
        &[("x", twice)],
    );
    bad_callback(
        "#[message] fn f(&mut self) -> impl Serialize {}",
        "impl Serialize",
        "`#[message]` cannot return `impl Trait`\nhelp: write the concrete type",
    );
    let beside = "`#[text]` cannot stand beside `#[message]`, which receives all text messages\n\
                  help: mark `t` with `#[message]` too, or mount it as a handler of its own: `m` is a `#[message]`";
    for item in [
        "impl C { #[text] fn t(&mut self) {} #[message] fn m(&mut self) {} #[message] fn n(&mut self) {} }",
        "impl C { #[message] fn m(&mut self) {} #[message] fn n(&mut self) {} #[text] fn t(&mut self) {} }",
    ] {
        fails("", item, &[("t", beside)]);
    }
    ok(
        "#[message] fn a(&mut self, a: A) -> B {} #[message] fn r#type(&mut self) {} #[binary] fn b(&mut self) {}",
    );
    bad_callback(
        "#[message(\"x\")] const A: u8 = 1;",
        "message",
        "`#[message]` can only mark a method\nhelp: move it to a `fn`",
    );
}

/// Several mistakes are reported together.
#[test]
fn together() {
    let item = "impl Custom { #[txt] fn a(&mut self) {} #[open] const fn b(self, c: u8) {} }";
    let expected = [
        ("txt", "unknown marker `#[txt]`\nhelp: did you mean `#[text]`?"),
        ("const", "`#[open]` cannot be `const`\nhelp: remove `const`"),
        (
            "self",
            "`#[open]` must take the handler by reference: the connection owns it\nhelp: write `&mut self`",
        ),
        (
            "u8",
            "`#[open]` takes no payload: it takes `&mut self` and, optionally, `cx: &mut Context<Self>`\nhelp: \
             remove this argument",
        ),
    ];
    fails("", item, &expected);
}

/// The lints that a callback's signature triggers are allowed only on callbacks.
#[test]
fn allowed_lints() {
    let code = ok("#[text] fn a(&mut self) {} fn b() {}");
    assert_eq!(code.matches("clippy :: unused_self").count(), 1, "{code}");
    assert!(code.contains("clippy :: needless_pass_by_ref_mut)] fn a"), "{code}");
    // Generated code may call deprecated functions of the user.
    assert_eq!(code.matches("allow").count(), 2, "{code}");
    assert!(
        code.contains(
            "[allow (deprecated , refining_impl_trait , unreachable_code)] impl :: ws_core :: Handler"
        ),
        "{code}"
    );
}

#[test]
fn types_of_other_frameworks() {
    bad_callback(
        "#[open] fn started(&mut self, ctx: &mut WebsocketContext<Self>) { ctx.text(1) }",
        "&mut WebsocketContext<Self>",
        "ws-core has no type `WebsocketContext`\nhelp: write `cx: &mut Context<Self>`",
    );
    bad_callback(
        "#[terminate] fn ended(&mut self, frame: Option<CloseFrame>) {}",
        "Option<CloseFrame>",
        "ws-core has no type `CloseFrame`\nhelp: write `reason: &Terminate`",
    );
    bad_callback(
        "#[init] fn new(db: Data<Db>) -> Self { Self }",
        "Data<Db>",
        "ws-core has no type `Data`\nhelp: write `State<T>` for a value from `App::state`",
    );
    passes("", "impl Custom { #[text] fn said(&mut self, data: own::Data) {} }");
    passes("", "impl Custom { #[text] fn said(&mut self, Json(data): Json<Data>) {} }");
}

#[test]
fn types_without_their_handler() {
    let context = "the type of the context names its handler\nhelp: write `cx: &mut Context<Self>`";
    bad_callback("#[open] fn open(&mut self, cx: &mut Context) {}", "&mut Context", context);
    bad_callback("fn helper(&self, cx: &mut ws_core::Context) {}", "&mut ws_core::Context", context);
    passes("", "impl Custom { #[open] fn open(&mut self, cx: &mut self::Context) {} }");
    let upgrade = "`#[init]` takes the upgrade as `&mut`, and its type names the handler\n\
                   help: write `upgrade: &mut Upgrade<Self>`, as the last argument";
    bad_callback("#[init] fn new(upgrade: &mut Upgrade) -> Self { Self }", "&mut Upgrade", upgrade);
    bad_callback("#[init] fn new(upgrade: Upgrade<Self>) -> Self { Self }", "Upgrade<Self>", upgrade);
}

#[test]
fn infos_that_stay_in_their_thread() {
    let text = "`Rc` stays in its thread, but this value is sent to other threads\n\
                help: write `Arc` instead of `Rc`";
    bad_callback("#[info] fn info(&mut self, info: Vec<Rc<str>>) {}", "Vec<Rc<str>>", text);
    bad_callback("#[broadcast] fn news(&mut self, news: &Rc<str>) {}", "Rc<str>", text);
}
