//! What is committed is what is served.

#![allow(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

#[test]
fn the_committed_description_is_the_served_one() {
    let committed = std::fs::read_to_string(openapi::committed_at()).unwrap();
    assert!(
        committed == openapi::written().unwrap(),
        "openapi/openapi.json is behind the routes: run `cargo run -p openapi` and commit it"
    );
}

#[test]
fn writing_it_twice_gives_the_same_text() {
    assert_eq!(openapi::written().unwrap(), openapi::written().unwrap());
}
