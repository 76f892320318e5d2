async fn start(
    State(jobs): State<Jobs>,
    start: Start<'_>,
    page: PageSession,
) -> Result<Started, JobError> {}
const _: () = {
    fn __ws_core_info() -> ::ws_core::EventInfo {
        ::ws_core::EventInfo::new(
            "start",
            ::core::option::Option::Some(::core::any::type_name::<Start<'_>>()),
            ::core::any::type_name::<Result<Started, JobError>>(),
        )
    }
    fn __ws_core_needs(__ws_core_needs: &mut ::ws_core::Needs) {
        <State<Jobs> as ::ws_core::__private::PageArgument>::declare(__ws_core_needs);
        <PageSession as ::ws_core::__private::PageArgument>::declare(__ws_core_needs);
    }
    #[allow(unused_mut, unreachable_code)]
    fn __ws_core_call<'call>(
        mut __ws_core_call: ::ws_core::__private::PageCall<'call>,
    ) -> ::ws_core::__private::PageFuture<'call> {
        #[allow(unused_imports)]
        use ::ws_core::__private::{
            ReturnsKept as _, ReturnsSent as _, ReturnsValue as _,
        };
        ::core::option::Option::Some(
            ::std::boxed::Box::pin(async move {
                let __ws_core_payload = match <Start<
                    '_,
                > as ::ws_core::EventPayload<
                    '_,
                >>::read(__ws_core_call.event(), ::ws_core::__private::PAGE_ENVELOPE) {
                    ::core::result::Result::Ok(__ws_core_payload) => __ws_core_payload,
                    ::core::result::Result::Err(__ws_core_bad) => {
                        __ws_core_call.bad_payload(__ws_core_bad);
                        return;
                    }
                };
                let __ws_core_value = {
                    let __ws_core_returned = ::ws_core::__private::Returned::new(
                        start(
                                <State<
                                    Jobs,
                                > as ::ws_core::__private::PageArgument>::take(
                                    &__ws_core_call,
                                ),
                                __ws_core_payload,
                                <PageSession as ::ws_core::__private::PageArgument>::take(
                                    &__ws_core_call,
                                ),
                            )
                            .await,
                    );
                    (&&&__ws_core_returned).take_answer()
                };
                let (__ws_core_name, __ws_core_id, __ws_core_to) = __ws_core_call
                    .answering();
                let __ws_core_answered = ::ws_core::__private::MessageReturn::answer(
                    __ws_core_value,
                    __ws_core_name,
                    __ws_core_id,
                    ::ws_core::__private::PAGE_ENVELOPE,
                    __ws_core_to,
                );
                if let ::core::result::Result::Err(__ws_core_error) = __ws_core_answered {
                    __ws_core_call.failed(&__ws_core_error);
                }
            }),
        )
    }
    ::ws_core::__private::inventory::submit! {
        ::ws_core::__private::LinkedMessage::new("start", (::core::module_path!(),
        ::core::file!(), ::core::line!()), __ws_core_info, __ws_core_needs, true,
        __ws_core_call,)
    }
};
#[cfg(feature = "stop")]
fn halt(page: &PageSession) {}
#[cfg(feature = "stop")]
const _: () = {
    fn __ws_core_info() -> renamed::EventInfo {
        renamed::EventInfo::new(
            "stop",
            ::core::option::Option::None,
            ::core::any::type_name::<()>(),
        )
    }
    fn __ws_core_needs(__ws_core_needs: &mut renamed::Needs) {
        <PageSession as renamed::__private::PageArgument>::declare(__ws_core_needs);
    }
    #[allow(unused_mut, unreachable_code)]
    fn __ws_core_call<'call>(
        mut __ws_core_call: renamed::__private::PageCall<'call>,
    ) -> renamed::__private::PageFuture<'call> {
        #[allow(unused_imports)]
        use renamed::__private::{ReturnsKept as _, ReturnsSent as _, ReturnsValue as _};
        {
            let __ws_core_value = {
                let __ws_core_returned = renamed::__private::Returned::new(
                    halt(
                        &<PageSession as renamed::__private::PageArgument>::take(
                            &__ws_core_call,
                        ),
                    ),
                );
                (&&&__ws_core_returned).take_answer()
            };
            let (__ws_core_name, __ws_core_id, __ws_core_to) = __ws_core_call
                .answering();
            let __ws_core_answered = renamed::__private::MessageReturn::answer(
                __ws_core_value,
                __ws_core_name,
                __ws_core_id,
                renamed::__private::PAGE_ENVELOPE,
                __ws_core_to,
            );
            if let ::core::result::Result::Err(__ws_core_error) = __ws_core_answered {
                __ws_core_call.failed(&__ws_core_error);
            }
        }
        ::core::option::Option::None
    }
    renamed::__private::inventory::submit! {
        renamed::__private::LinkedMessage::new("stop", (::core::module_path!(),
        ::core::file!(), ::core::line!()), __ws_core_info, __ws_core_needs, false,
        __ws_core_call,)
    }
};
