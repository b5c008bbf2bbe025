//! `test_destination` tells what of the given is wrong.

use dify_observe_tests::{Behaviour, Collector};

use crate::activity::{DATABASE, connect, exporting};

#[test]
fn a_wrong_key_a_wrong_address_and_a_wrong_project_are_told_apart() {
    let collector = Collector::start();
    let cluster = exporting("trying_backends");
    let server = format!(
        "profile 'langsmith', endpoint '{}', project 'shop', workspace 'w'",
        collector.endpoint()
    );
    connect(&cluster, "smith", &server, "api_key 'key-4711'");
    let told = || {
        let rows = cluster.rows(
            DATABASE,
            "SELECT signal, ok::text, status, message FROM dify_observe.test_destination('smith')",
        );
        assert_eq!(rows.len(), 1, "traces alone");
        let row: Vec<String> = rows[0].iter().flatten().cloned().collect();
        row.join(" | ")
    };
    assert_eq!(told(), "traces | true | accepted | ");
    assert_eq!(collector.all_spans().len(), 0, "nothing was sent");
    let say = |code, body: &str| Behaviour::Status {
        code,
        headers: vec![("content-type".into(), "application/json".into())],
        body: body.as_bytes().to_vec(),
    };
    for (answer, expected) in [
        (Behaviour::status(401), "wrong or missing key: HTTP 401"),
        (
            say(403, r#"{"message":"no such workspace"}"#),
            "wrong project: HTTP 403 Forbidden: no such workspace",
        ),
        (
            Behaviour::status(403),
            "wrong key, or a project that is not for it: HTTP 403",
        ),
        (Behaviour::status(404), "wrong address: HTTP 404"),
    ] {
        collector.answer(None, answer);
        let found = told();
        assert!(
            found.contains(&format!("false | misconfigured | {expected}")),
            "{found}"
        );
    }
    collector.stop();
    let found = told();
    assert!(found.contains("false | retry | wrong address: "), "{found}");
    assert!(!cluster.log().contains("key-4711"));
}
