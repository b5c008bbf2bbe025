//! Dashboards are what Grafana reads, and every query of them, as Grafana sends it, finds what it shows.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use dify_observe_tests::packages;
use serde_json::Value;

use crate::shop::{APP, UNTIL, fold, stocked};

const RUN: &str = "eeeeeeee-0000-4000-8000-000000000001";

/// One more, with nodes and a failure; an app's name; and events of a time that is shown.
const MORE: &str = "
  SELECT dify_observe.log_app_created(tenant_id => 'aaaaaaaa-0000-4000-8000-000000000001', app_id => 'bbbbbbbb-0000-4000-8000-000000000001', name => 'Shop');
  SELECT dify_observe.log_workflow_run(id => 'eeeeeeee-0000-4000-8000-000000000001', tenant_id => 'aaaaaaaa-0000-4000-8000-000000000001', app_id => 'bbbbbbbb-0000-4000-8000-000000000001',
    workflow_id => gen_random_uuid(), status => 'failed', error => 'no answer', elapsed_time => 2, created_at => '2026-04-02 12:00+00');
  SELECT dify_observe.log_node_execution(tenant_id => 'aaaaaaaa-0000-4000-8000-000000000001', app_id => 'bbbbbbbb-0000-4000-8000-000000000001', node_id => 'a', node_type => 'llm',
    workflow_run_id => 'eeeeeeee-0000-4000-8000-000000000001', status => 'failed', elapsed_time => 1, created_at => '2026-04-02 12:00+00');
  SELECT dify_observe.log_message(id => 'ffffffff-0000-4000-8000-000000000001', tenant_id => 'aaaaaaaa-0000-4000-8000-000000000001', app_id => 'bbbbbbbb-0000-4000-8000-000000000001', status => 'normal',
    workflow_run_id => 'eeeeeeee-0000-4000-8000-000000000001', created_at => '2026-04-02 12:00+00');
  SELECT dify_observe.log_feedback(tenant_id => 'aaaaaaaa-0000-4000-8000-000000000001', app_id => 'bbbbbbbb-0000-4000-8000-000000000001', message_id => 'ffffffff-0000-4000-8000-000000000001',
    rating => 'dislike', content => 'much too slow', created_at => '2026-04-02 12:01+00')";

/// Its types of Grafana's dashboards, of the panels too.
const MODEL: &str = "grafana-foundation-sdk==1769699998!10.1.0";

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dashboards");
    let files = fs::read_dir(folder).expect("dashboards");
    files.map(|file| file.expect("a file").path()).collect()
}

fn dashboards() -> Vec<(String, Value)> {
    files()
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a dashboard");
            let name = path.file_stem().expect("a name").to_string_lossy();
            (
                name.into_owned(),
                serde_json::from_str(&text).expect("JSON"),
            )
        })
        .collect()
}

/// With variables and macros in place.
fn filled(sql: &str, app: &str, until: &str) -> String {
    let sql = [
        ("${app_id:sqlstring}", format!("'{app}'")),
        ("${run_id:sqlstring}", format!("'{RUN}'")),
        ("${time_zone:sqlstring}", "'Asia/Kathmandu'".to_owned()),
        ("${bucket:sqlstring}", "'week'".to_owned()),
        ("$__timeFrom()", "'2026-03-01T00:00:00Z'".to_owned()),
        ("$__timeTo()", format!("'{until}'")),
    ]
    .iter()
    .fold(sql.to_owned(), |sql, (name, value)| {
        sql.replace(name, value)
    });
    assert!(!sql.contains('$'), "{sql}");
    sql
}

#[test]
fn every_query_finds_what_its_panel_shows() {
    let (_cluster, mut session) = stocked("dashboards");
    session.batch_execute(MORE).expect("more rows");
    fold(&mut session);
    // Says how every signal stands, off as they are.
    session
        .batch_execute("CALL dify_observe.export_now()")
        .expect("a status");
    let dashboards = dashboards();
    assert_eq!(dashboards.len(), 5);
    for (name, dashboard) in &dashboards {
        // What is recorded is recorded now.
        let until = if name == "export" {
            "2553-01-01"
        } else {
            UNTIL
        };
        for panel in dashboard["panels"].as_array().expect("panels") {
            let title = format!("{name}: {}", panel["title"]);
            let target = &panel["targets"][0];
            for app in ["all", APP] {
                let sql = filled(target["rawSql"].as_str().expect("a query"), app, until);
                let rows = session.query(&sql, &[]);
                let rows = rows.unwrap_or_else(|error| panic!("{title}: {error:?}\n{sql}"));
                assert!(!rows.is_empty(), "{title}: nothing\n{sql}");
                if target["format"] == "time_series" {
                    let time = rows[0]
                        .columns()
                        .iter()
                        .find(|column| column.name() == "time");
                    let time = time.unwrap_or_else(|| panic!("{title}: no time"));
                    assert_eq!(time.type_().name(), "timestamptz", "{title}");
                }
            }
        }
        for variable in dashboard["templating"]["list"]
            .as_array()
            .expect("variables")
        {
            if variable["type"] == "query" {
                let rows = session.query(variable["query"].as_str().expect("a query"), &[]);
                assert_eq!(rows.expect("apps").len(), 1, "{name}");
            }
        }
    }
}

#[test]
fn grafana_knows_every_field_of_every_dashboard() {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("analytics/grafana_model.py");
    let output = Command::new("python3")
        .env("PYTHONPATH", packages::python(&[MODEL]))
        .arg(program)
        .args(files())
        .output()
        .expect("Python");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn panels_have_ids_and_places_of_their_own_and_use_the_variables_that_there_are() {
    for (name, dashboard) in dashboards() {
        let (mut ids, mut places) = (BTreeSet::new(), BTreeSet::new());
        for panel in dashboard["panels"].as_array().expect("panels") {
            let title = format!("{name}: {}", panel["title"]);
            assert!(ids.insert(panel["id"].as_u64()), "{title}: an id twice");
            let [x, y, width, height] =
                ["x", "y", "w", "h"].map(|side| panel["gridPos"][side].as_u64().expect("a number"));
            assert!(x + width <= 24, "{title}: wider than the page");
            for (x, y) in (x..x + width).flat_map(|x| (y..y + height).map(move |y| (x, y))) {
                assert!(places.insert((x, y)), "{title}: over another");
            }
        }
        let variables = dashboard["templating"]["list"]
            .as_array()
            .expect("variables");
        let known: BTreeSet<&str> = variables
            .iter()
            .filter_map(|variable| variable["name"].as_str())
            .collect();
        let panels = dashboard["panels"].to_string();
        let used: BTreeSet<&str> = panels
            .split("${")
            .skip(1)
            .filter_map(|rest| rest.split([':', '}']).next())
            .collect();
        assert_eq!(used, known, "{name}");
    }
}
