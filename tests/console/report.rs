//! The page of `report_html()`: whole, without anything from outside, and nothing that was logged is markup in it.

use std::collections::BTreeSet;
use std::process::Command;

use dify_observe_tests::Cluster;
use postgres::Client;

use crate::asking::{Asking, without_worker};
use crate::call::{APP, OTHER, TENANT, WORKFLOW};

/// In every text that a client or a user gives.
const EVIL: &str = r#"'"></title></style></details></svg><script>document.title=1</script><img src=x onerror=document.title=2><a href="javascript:1">&lt;b&gt;'"#;

#[track_caller]
fn attacked(name: &str) -> (Cluster, Client) {
    let (cluster, mut session) = without_worker(name);
    let evil = format!("$e${EVIL}$e$::text");
    session.run(&format!(
        "SELECT dify_observe.log_app_created(tenant_id => '{TENANT}', app_id => '{APP}', mode => {evil}, name => {evil});
         SELECT dify_observe.log_workflow_run(tenant_id => '{TENANT}', app_id => '{APP}', workflow_id => '{WORKFLOW}', id => md5('r' || n)::uuid, status => s, error => {evil}, query => {evil},
           inputs => to_json({evil}), outputs => json_build_object({evil}, {evil}), user_id => {evil}, workflow_version => {evil}, total_price => 1, currency => {evil}, total_tokens => 5,
           elapsed_time => 2 + n) FROM (VALUES (1, 'failed'), (2, 'succeeded')) v (n, s);
         SELECT dify_observe.log_node_execution(tenant_id => '{TENANT}', app_id => '{APP}', workflow_run_id => md5('r' || n)::uuid, node_id => {evil}, node_type => {evil}, title => {evil},
           status => 'failed', error => {evil} || chr(1) || chr(8238), inputs => json_build_object('a', {evil}), outputs => json_build_object({evil}, {evil}), model_name => {evil}, model_provider => {evil},
           total_tokens => 5, total_price => 1, currency => {evil}, elapsed_time => 1) FROM generate_series(1, 2) n;
         SELECT dify_observe.log_message(tenant_id => '{TENANT}', app_id => '{APP}', id => md5('m')::uuid, status => 'normal', query => {evil}, answer => {evil}, model_name => {evil},
           model_provider => {evil}, total_price => 1, currency => {evil}, duration => 1, user_id => {evil}, conversation_id => '{OTHER}');
         SELECT dify_observe.log_feedback(tenant_id => '{TENANT}', app_id => '{APP}', message_id => md5('m')::uuid, rating => 'dislike', content => {evil}, user_id => {evil})"
    ));
    (cluster, session)
}

#[track_caller]
fn page(session: &mut Client, arguments: &str) -> String {
    session.ask(&format!(
        "SELECT dify_observe.report_html('{APP}'{arguments})"
    ))
}

/// Names of all tags, and whether each that is opened is closed in its place.
#[track_caller]
fn tags(page: &str) -> BTreeSet<String> {
    let mut open = Vec::new();
    let mut seen = BTreeSet::new();
    for part in page.split('<').skip(1) {
        let (tag, _) = part.split_once('>').expect("a tag that ends");
        let name = tag
            .trim_start_matches('/')
            .split([' ', '/'])
            .next()
            .expect("a name")
            .to_lowercase();
        seen.insert(name.clone());
        if tag.starts_with('/') {
            assert_eq!(open.pop().as_deref(), Some(name.as_str()), "<{tag}>");
        } else if !tag.ends_with('/') && !["!doctype", "meta"].contains(&name.as_str()) {
            open.push(name);
        }
    }
    assert_eq!(open, Vec::<String>::new());
    seen
}

#[test]
fn nothing_that_was_logged_is_markup_in_it() {
    let (_cluster, mut session) = attacked("report_attacked");
    let page = page(&mut session, "");
    let allowed = "!doctype b body circle details div figcaption figure h1 h2 h4 head header html i meta p path polyline pre rect section small span style summary svg table tbody td text th thead title tr";
    let allowed: BTreeSet<String> = allowed.split(' ').map(str::to_owned).collect();
    let seen = tags(&page);
    assert!(seen.is_subset(&allowed), "{:?}", seen.difference(&allowed));
    for outside in [
        "src=x ", "http://", "https://", "url(", "@import", "\u{202e}", "\u{1}",
    ] {
        let told = page.replace("src=x onerror=document.title=2&gt;", "");
        assert!(!told.contains(outside), "{outside}");
    }
    assert!(page.matches("&lt;script&gt;").count() > 10);
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
}

#[test]
fn an_app_of_nothing_and_an_unknown_one_have_a_page_too() {
    let (_cluster, mut session) = without_worker("report_empty");
    let page = page(
        &mut session,
        ", start => '2026-01-01', until => '2026-02-01', time_zone => 'Asia/Kathmandu'",
    );
    tags(&page);
    assert!(
        page.contains("2026-01-01 05:45 to 2026-02-01 05:45 Asia/Kathmandu, by day"),
        "{page}"
    );
    for (arguments, code) in [
        ("NULL", "22004".to_owned()),
        (
            &format!("'{APP}', start => '2026-02-01', until => '2026-01-01'"),
            "22023".to_owned(),
        ),
        (
            &format!("'{APP}', time_zone => 'Nowhere'"),
            "22023".to_owned(),
        ),
    ] {
        assert_eq!(
            session
                .refused(&format!("SELECT dify_observe.report_html({arguments})"))
                .code,
            code,
            "{arguments}"
        );
    }
}

#[test]
fn it_says_what_happened() {
    let (_cluster, mut session) = attacked("report_says");
    session.run(&format!(
        "SELECT dify_observe.log_message(tenant_id => '{TENANT}', app_id => '{APP}', status => 'normal', invoke_from => 'debugger', model_name => 'of a debugger');
         SELECT dify_observe.log_message(tenant_id => '{TENANT}', app_id => '{OTHER}', status => 'normal', model_name => 'of another app')"
    ));
    let page = page(&mut session, "");
    for said in [
        "<b>1</b>messages, 0 failed",
        "<b>2</b>runs, 1 failed",
        "liked of 1 rated",
        "<b>0 %</b>",
    ] {
        assert!(page.contains(said), "{said}\n{page}");
    }
    assert!(!page.contains("of a debugger") && !page.contains("of another app"));
    assert_eq!(
        page.matches("<details>").count(),
        3,
        "two of the slowest, one that failed"
    );
    let with_debugging = self::page(&mut session, ", include_debug => true");
    assert!(with_debugging.contains("of a debugger"));
}

/// Debian's package chromium, and what else it is called.
#[track_caller]
fn browser() -> &'static str {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = names.into_iter().find(|name| {
        Command::new(name)
            .arg("--version")
            .output()
            .is_ok_and(|output| output.status.success())
    });
    found.expect("a browser: `make setup-tests` installs the package chromium")
}

#[test]
fn a_browser_runs_nothing_of_it() {
    let browser = browser();
    let (_cluster, mut session) = attacked("report_browser");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("report.html");
    std::fs::write(&file, page(&mut session, "")).expect("a file");
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--virtual-time-budget=2000",
            "--dump-dom",
        ])
        .arg(format!(
            "--user-data-dir={}",
            folder.path().join("profile").display()
        ))
        .arg(format!("file://{}", file.display()))
        .output()
        .expect("a browser");
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(
        shown.contains("</html>"),
        "{shown}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for element in ["<script", "<img", "<a ", "<title>1<", "<title>2<"] {
        assert!(!shown.contains(element), "{element}\n{shown}");
    }
    assert_eq!(shown.matches("<figure>").count(), 8);
    assert_eq!(shown.matches("<details>").count(), 3);
    assert!(shown.matches("<circle").count() > 8);
}
