use super::*;

#[test]
fn only_push_services_on_the_public_internet_are_taken() {
    for good in ["https://push.example/send/abc?x=1", "https://updates.push.example:443/"] {
        assert!(check_endpoint(good, false).is_ok(), "{good}");
    }
    let long = format!("https://push.example/{}", "a".repeat(MAX_ENDPOINT_BYTES));
    for bad in [
        "",
        "nonsense",
        "/relative",
        "http://push.example/",
        "ftp://push.example/",
        "mailto:a@push.example",
        "https://user@push.example/",
        "https://push.example:8443/",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://push.example/a b",
        long.as_str(),
    ] {
        assert!(check_endpoint(bad, false).is_err(), "{bad}");
    }
    assert!(check_endpoint("http://127.0.0.1:4000/x", true).is_ok());
    assert!(check_endpoint("ftp://127.0.0.1:4000/x", true).is_err());
}
