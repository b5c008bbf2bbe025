use super::*;
use proptest::prelude::*;

fn given(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

const ENDPOINT: (&str, &str) = ("endpoint", "http://h:4318");

#[test]
fn an_endpoint_is_enough() {
    let options = Options::read(&given(&[ENDPOINT]), &[]).unwrap();
    assert_eq!(options.signals, Signal::ALL);
    assert_eq!(options.protocol, Protocol::Http);
    assert_eq!(options.start_at, "now");
    assert!(options.enabled && options.filter.is_open() && options.headers.is_empty());
    assert_eq!((options.include_content, options.timeout), (None, None));
}

#[test]
fn everything_given() {
    let id = "770e8400-e29b-41d4-a716-446655440000";
    let server = given(&[
        ENDPOINT,
        ("protocol", "http/json"),
        ("signals", "logs, traces"),
        ("tenant_id", id),
        ("app_id", id),
        ("include_content", "off"),
        ("sampling_rate", "0.25"),
        ("compression", "none"),
        ("timeout", "3s"),
        ("ca_file", "/etc/ca.pem"),
        ("start_at", "2026-01-01"),
        ("enabled", "false"),
    ]);
    let mapping = given(&[("headers", "x-a=1"), ("api_key", "key")]);
    let options = Options::read(&server, &mapping).unwrap();
    assert_eq!(options.protocol, Protocol::HttpJson);
    assert_eq!(options.signals, [Signal::Traces, Signal::Logs]);
    let id = Some(Uuid::parse_str(id).unwrap());
    assert_eq!((options.filter.tenant_id, options.filter.app_id), (id, id));
    assert_eq!(options.include_content, Some(false));
    assert_eq!(options.sampling_rate, Some(0.25));
    assert_eq!(options.gzip, Some(false));
    assert_eq!(options.timeout, Some(Duration::from_secs(3)));
    assert_eq!(options.ca_file.as_deref(), Some("/etc/ca.pem"));
    assert_eq!(options.start_at, "2026-01-01");
    assert!(!options.enabled);
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        options.headers,
        [header("x-a", "1"), header("authorization", "Bearer key")]
    );
}

#[test]
fn basic_authentication() {
    let mapping = given(&[("username", "Aladdin"), ("password", "open sesame")]);
    let options = Options::read(&given(&[ENDPOINT]), &mapping).unwrap();
    let expected = (
        "authorization".to_owned(),
        "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==".to_owned(),
    );
    assert_eq!(options.headers, [expected]);
}

#[test]
fn what_is_refused_names_the_option_and_no_secret() {
    for (server, mapping, part) in [
        (&[][..], &[][..], "\"endpoint\" is required"),
        (&[("endpoint", "secret")], &[], "\"endpoint\""),
        (&[("endpoint", "http://u:secret@h")], &[], "user name"),
        (&[ENDPOINT, ("protocol", "secret")], &[], "\"protocol\""),
        (
            &[ENDPOINT, ("signals", "traces,secret")],
            &[],
            "\"signals\"",
        ),
        (&[ENDPOINT, ("signals", "")], &[], "\"signals\""),
        (&[ENDPOINT, ("app_id", "secret")], &[], "UUID"),
        (
            &[
                ENDPOINT,
                ("tenant_id", "00000000-0000-0000-0000-000000000000"),
            ],
            &[],
            "UUID",
        ),
        (
            &[ENDPOINT, ("include_content", "maybe")],
            &[],
            "true and false",
        ),
        (&[ENDPOINT, ("sampling_rate", "1.5")], &[], "from 0 to 1"),
        (&[ENDPOINT, ("sampling_rate", "NaN")], &[], "from 0 to 1"),
        (&[ENDPOINT, ("compression", "zstd")], &[], "gzip"),
        (&[ENDPOINT, ("timeout", "99")], &[], "100ms"),
        (&[ENDPOINT, ("timeout", "601s")], &[], "100ms"),
        (&[ENDPOINT, ("timeout", "é")], &[], "100ms"),
        (&[ENDPOINT, ("ca_file", " ")], &[], "empty"),
        (
            &[ENDPOINT, ("colour", "red")],
            &[],
            "invalid option \"colour\"",
        ),
        (
            &[ENDPOINT, ("api_key", "secret")],
            &[],
            "invalid option \"api_key\"",
        ),
        (
            &[ENDPOINT],
            &[("endpoint", "http://h")],
            "invalid option \"endpoint\"",
        ),
        (
            &[ENDPOINT],
            &[("headers", "secret")],
            "\"headers\": header 1",
        ),
        (&[ENDPOINT], &[("api_key", "se\ncret")], "\"api_key\""),
        (&[ENDPOINT], &[("username", "a:secret")], "\"username\""),
        (
            &[ENDPOINT],
            &[("api_key", "secret"), ("api_key_file", "f")],
            "only one",
        ),
        (
            &[ENDPOINT],
            &[("api_key", "secret"), ("username", "u")],
            "only one",
        ),
    ] {
        let fault = Options::read(&given(server), &given(mapping)).unwrap_err();
        let text = fault.to_string();
        assert!(text.contains(part), "{server:?} {mapping:?}: {text}");
        assert!(!text.contains("secret"), "{text}");
    }
}

#[test]
fn an_option_in_the_wrong_place_is_known_as_such() {
    for (place, name, elsewhere) in [
        (SERVER, "api_key", true),
        (USER_MAPPING, "endpoint", true),
        (SERVER, "colour", false),
    ] {
        let fault = check(place, &given(&[(name, "x")])).unwrap_err();
        let name = name.to_owned();
        assert_eq!(fault, Fault::Unknown { name, elsewhere });
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(name in "endpoint|protocol|signals|app_id|timeout|sampling_rate|start_at", text in "\\PC{0,40}") {
        let _ = Options::read(&given(&[ENDPOINT, (&name, &text)]), &[]);
    }

    #[test]
    fn what_is_allowed_alone_is_read(text in "\\PC{0,40}", secret in "\\PC{0,40}") {
        let server = given(&[ENDPOINT, ("timeout", &text)]);
        let mapping = given(&[("username", &secret), ("password", &secret)]);
        let allowed = check(SERVER, &server).is_ok() && check(USER_MAPPING, &mapping).is_ok();
        prop_assert_eq!(Options::read(&server, &mapping).is_ok(), allowed);
    }
}
