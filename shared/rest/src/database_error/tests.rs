use super::*;
use serde_json::json;

fn answer(status: u16, body: &str) -> Response {
    Response {
        status,
        headers: Vec::new(),
        body: body.as_bytes().to_vec(),
    }
}

fn code_of(status: u16, state: &str, token_owner: TokenOwner) -> Code {
    let body = json!({ "code": state, "details": null, "hint": null, "message": "words" });
    from_answer(&answer(status, &body.to_string()), "f", token_owner).code
}

#[test]
fn what_our_functions_raise_comes_out_in_our_vocabulary() {
    let body = r#"{"code":"PT402","message":"x","hint":"insufficient_credits","details":"{\"required\":3,\"balance\":1}"}"#;
    let error = from_answer(&answer(402, body), "enqueue_job", TokenOwner::Edge);
    assert_eq!(error.code, Code::InsufficientCredits);
    assert_eq!(
        error.details.as_ref(),
        Some(&json!({ "required": 3, "balance": 1 }))
    );
    assert_eq!(
        error.cause.as_deref(),
        Some("database: enqueue_job: status 402, code PT402")
    );

    let body = r#"{"code":"PT429","hint":"rate_limited","details":"{\"retryAfterSeconds\":17}"}"#;
    let error = from_answer(&answer(429, body), "enqueue_job", TokenOwner::Edge);
    assert_eq!(
        (error.code, error.retry_after_s),
        (Code::RateLimited, Some(17))
    );
}

#[test]
fn a_busy_key_is_free_again_when_its_lock_ends() {
    let body = r#"{"code":"PT409","hint":"idempotency_in_progress","details":null}"#;
    let error = from_answer(&answer(409, body), "enqueue_job", TokenOwner::Edge);
    assert_eq!(error.code, Code::IdempotencyInProgress);
    assert_eq!(error.retry_after_s, Some(2));
}

#[test]
fn every_code_can_be_raised() {
    for code in Code::ALL {
        let body = json!({ "code": format!("PT{}", code.status()), "hint": code, "details": null });
        let error = from_answer(
            &answer(code.status(), &body.to_string()),
            "f",
            TokenOwner::User,
        );
        assert_eq!(error.code, code);
    }
}

#[test]
fn a_raised_error_that_is_not_ours_is_a_bug_of_the_function() {
    for hint in [r#""Upgrade your plan""#, "null", "\"\""] {
        let body = format!(r#"{{"code":"PT402","hint":{hint}}}"#);
        assert_eq!(
            from_answer(&answer(402, &body), "f", TokenOwner::Edge).code,
            Code::Internal
        );
    }
    // Details that are no object are dropped.
    for details in [r#""[1]""#, r#""words""#, "null"] {
        let body = format!(r#"{{"code":"PT404","hint":"not_found","details":{details}}}"#);
        let error = from_answer(&answer(404, &body), "f", TokenOwner::Edge);
        assert_eq!((error.code, error.details.as_ref()), (Code::NotFound, None));
    }
}

#[test]
fn a_refused_token_is_the_users_trouble_or_the_operators() {
    // 12 says PGRST301 to every bad token, newer versions say PGRST303 to bad claims.
    for state in ["PGRST301", "PGRST302", "PGRST303"] {
        assert_eq!(
            code_of(401, state, TokenOwner::User),
            Code::Unauthorized,
            "{state}"
        );
        assert_eq!(
            code_of(401, state, TokenOwner::Edge),
            Code::Misconfigured,
            "{state}"
        );
    }
    for status in [401, 403] {
        assert_eq!(code_of(status, "42501", TokenOwner::User), Code::Forbidden);
        assert_eq!(
            code_of(status, "42501", TokenOwner::Edge),
            Code::Misconfigured
        );
    }
    let gateway = r#"{"message":"No API key found in request"}"#;
    assert_eq!(
        from_answer(&answer(401, gateway), "f", TokenOwner::User).code,
        Code::Misconfigured
    );
}

#[test]
fn what_is_not_there_means_that_migrations_are_missing() {
    for (status, state) in [
        (404, "PGRST202"),
        (404, "42883"),
        (404, "42P01"),
        (404, "PGRST205"),
        (300, "PGRST203"),
        (406, "PGRST106"),
    ] {
        assert_eq!(
            code_of(status, state, TokenOwner::User),
            Code::Misconfigured,
            "{state}"
        );
    }
}

#[test]
fn a_field_that_a_function_refuses_is_named_as_the_edge_names_one() {
    let body = r#"{"code":"PT400","hint":"invalid_request","details":"{\"field\":\"f\",\"expected\":\"a number\"}"}"#;
    let error = from_answer(&answer(400, body), "f", TokenOwner::Edge);
    let named = ApiError::invalid_field("f", "a number");
    assert_eq!(
        (error.code, &error.message, &error.details),
        (named.code, &named.message, &named.details)
    );
}

#[test]
fn everything_else_may_pass() {
    for (status, state) in [
        (500, "XX000"),
        (503, "PGRST000"),
        (503, "53300"),
        (409, "23505"),
        (400, "22P02"),
        (500, "40001"),
        (500, "55P03"),
    ] {
        assert_eq!(
            code_of(status, state, TokenOwner::Edge),
            Code::Unavailable,
            "{state}"
        );
    }
    assert_eq!(code_of(500, "57014", TokenOwner::Edge), Code::Timeout);
    for (status, body) in [(502, "<html>"), (503, ""), (429, "{}"), (302, "[]")] {
        let error = from_answer(&answer(status, body), "f", TokenOwner::Edge);
        assert_eq!(
            (error.code, error.retry_after_s),
            (Code::Unavailable, Some(RETRY_AFTER_S))
        );
    }
}

#[test]
fn a_backend_may_say_when_to_come_back() {
    let retry = |value: &str| {
        let headers = vec![("retry-after".to_owned(), value.to_owned())];
        let busy = Response {
            status: 503,
            headers,
            body: Vec::new(),
        };
        from_answer(&busy, "f", TokenOwner::Edge).retry_after_s
    };
    assert_eq!(retry("20"), Some(20));
    assert_eq!(retry("999999"), Some(MAX_RETRY_AFTER_S));
    assert_eq!(retry("Wed, 21 Oct 2026 07:28:00 GMT"), Some(RETRY_AFTER_S));
}

#[test]
fn the_words_of_the_database_reach_nobody() {
    for (status, body) in [
        (
            500,
            r#"{"code":"XX000","message":"s3cret","details":"s3cret","hint":"s3cret"}"#,
        ),
        (400, r#"{"code":"s3cret"}"#),
        (400, r#"{"code":"22P02","message":"invalid input: s3cret"}"#),
        (409, r#"{"code":"23505","details":"Key (s3cret)"}"#),
        (
            402,
            r#"{"code":"PT402","hint":"s3cret","details":"s3cret"}"#,
        ),
        (502, "<html>s3cret</html>"),
        (400, r#"{"code":{"s3cret":1}}"#),
    ] {
        for token_owner in [TokenOwner::Edge, TokenOwner::User] {
            let error = from_answer(&answer(status, body), "f", token_owner);
            assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
        }
    }
}

#[test]
fn no_answer_is_told_apart_from_a_late_one() {
    assert_eq!(
        from_transport(TransportError::Timeout, "f").code,
        Code::Timeout
    );
    assert_eq!(
        from_transport(TransportError::Unreachable, "f").code,
        Code::Unavailable
    );
    assert_eq!(
        from_transport(TransportError::TooLong, "f").code,
        Code::Unavailable
    );
}
