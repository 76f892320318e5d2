//! Services from a macro that receives names, paths, types, patterns, bodies and whole items.

use ::renamed::service;

macro_rules! services {
    ($($(#[$meta:meta])* $vis:vis $name:ident at $path:literal keeps $kept:ty {
        $member:ident, $text:ident => $answer:expr; $($body:tt)*
    })*) => { $(
        $(#[$meta])*
        #[service($path, crate = ::renamed)]
        #[derive(Debug, ::std::default::Default)]
        $vis struct $name {
            count: usize,
        }

        #[service(crate = ::renamed)]
        impl $name {
            #[join]
            fn join(&mut self, member: &::renamed::Member<Self>) -> $kept {
                member.send(::std::format!("{} before", self.count));
                <$kept as ::std::default::Default>::default()
            }

            #[incoming]
            async fn received(&mut self, $member: &::renamed::Member<Self>, $text: &str) {
                self.count += 1;
                $member.send($answer);
            }

            #[info]
            fn notified(&mut self, kept: $kept) {
                ::tracing::debug!(?kept);
            }

            $($body)*
        }
    )* };
}

services! {
    /// Counts the received texts.
    pub Counter at "/strict/service/made/counter" keeps ::std::string::String {
        member, text => ::std::format!("{text}{}", member.kept());
        #[close]
        async fn gone(&mut self) { self.count = 0; }
    }
    Mirror at "/strict/service/made/mirror" keeps (u8, [u8; 2]) {
        other, words => words.replace("hi", "ih");
    }
}

macro_rules! module {
    ($vis:vis $name:ident at $path:literal of $state:ty { $($item:item)* } $callback:item $body:block) => {
        #[service($path, crate = ::renamed)]
        $vis mod $name {
            $($item)*

            #[incoming]
            $callback

            #[incoming]
            fn bytes(_: &mut $state, member: &::renamed::Member<$state>, _: &[u8]) {
                member.send(($body).number());
            }
        }
    };
}

/// The state of a module that a macro generates.
#[derive(Debug, ::std::default::Default)]
pub struct Made;

module! {
    module at "/strict/service/made/module" of super::Made {
        pub(super) struct Wrapper(&'static str);

        impl Wrapper {
            const fn number(&self) -> &'static str { self.0 }
        }
    }
    fn received(state: &mut super::Made, member: &::renamed::Member<super::Made>, text: &str) {
        let super::Made = *state;
        member.send(::std::format!("{text}!"));
    }
    { Wrapper("bytes") }
}
