use super::*;

fn code(problem: Option<Problem>) -> Option<&'static str> {
    problem.map(|problem| problem.code)
}

#[test]
fn usernames_are_plain() {
    for name in ["a", "Alice", "alice_99", "_", "a.b", "a-b", "a.-b", "0", &"a".repeat(30)] {
        assert_eq!(check_username(name), None, "{name}");
    }
    for name in [".a", "a.", "-a", "a-", "a b", "ä", "а", "a@b", "a/b", "a\0", "a\n", "..", "a:b", "٣"] {
        assert_eq!(code(check_username(name)), Some("ERR_INVALID"), "{name:?}");
    }
    assert_eq!(code(check_username("")), Some("ERR_BLANK"));
    assert_eq!(code(check_username(&"a".repeat(31))), Some("ERR_TOO_LONG"));
    assert_eq!(code(check_username("Instance.Actor")), Some("ERR_RESERVED"));
}

#[test]
fn names_of_those_who_run_the_place_are_reserved() {
    for name in ["admin", "ADMIN", "a.d-m_in", "adm1n", "r00t", "Support", "instance_actor", "m0d"] {
        assert!(is_reserved(name), "{name}");
    }
    for name in ["alice", "admins_friend", "modest", "teammate"] {
        assert!(!is_reserved(name), "{name}");
    }
}

#[test]
fn addresses_have_the_shape_of_addresses() {
    for email in ["a@b.example", "a+b@c.d.example", "ä@example.org", "root@localhost", "x@müller.example"] {
        assert_eq!(check_email(email), None, "{email}");
    }
    let long = format!("a@{}.example", "b".repeat(250));
    for email in [
        "a",
        "@",
        "a@",
        "@b.example",
        "a@b",
        "a b@c.example",
        "a@b..example",
        "a@-b.example",
        "a@b.example\r\nBcc: c",
        "a@b@c.example",
        ".a@b.example",
        "a@b.example.",
        "<a@b.example>",
        &long,
    ] {
        assert_eq!(code(check_email(email)), Some("ERR_INVALID"), "{email:?}");
    }
}

#[test]
fn passwords_have_a_length() {
    assert_eq!(code(check_password("")), Some("ERR_BLANK"));
    assert_eq!(code(check_password("1234567")), Some("ERR_TOO_SHORT"));
    assert_eq!(check_password("12345678"), None);
    assert_eq!(check_password(&"ä".repeat(128)), None);
    assert_eq!(code(check_password(&"a".repeat(129))), Some("ERR_TOO_LONG"));
}

#[test]
fn every_problem_is_told_at_once() {
    let problems = check(&Registration::default());
    let error = RegistrationError::Invalid(problems);
    assert_eq!(
        error.to_string(),
        "Validation failed: Username can't be blank, E-mail address can't be blank, \
         Password can't be blank, Agreement must be accepted"
    );
}

#[test]
fn locales_are_tags() {
    assert!(is_locale("en") && is_locale("pt-BR") && is_locale("zh-Hant-TW"));
    assert!(!is_locale("") && !is_locale("e") && !is_locale("en_US") && !is_locale("../../etc"));
}
