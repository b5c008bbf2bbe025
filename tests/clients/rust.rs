use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, NoTls};
use uuid::Uuid;

use crate::shop::Shop;
use crate::{page, tokio_postgres_example};

#[test]
fn the_program_for_tokio_postgres_logs_what_it_says() {
    let shown = page::program("Rust: tokio-postgres", "rust");
    assert_eq!(shown, include_str!("tokio_postgres_example.rs"));
    let shop = Shop::open("tokio_postgres");
    connected(&shop, "app", async |mut client| {
        tokio_postgres_example::write(&mut client)
            .await
            .expect("the program");
    });
    shop.check_written();
}

#[test]
fn tokio_postgres_takes_and_refuses_what_the_page_says() {
    let begun = SystemTime::UNIX_EPOCH + Duration::from_millis(1_770_751_800_123);
    let taken: [(&str, &(dyn ToSql + Sync), Value); 9] = [
        ("inputs", &json!({"a": [1, null]}), json!({"a": [1, null]})),
        ("inputs", &json!("hello"), json!("hello")),
        ("inputs", &None::<Value>, Value::Null),
        ("metadata", &json!({"a": 1}), json!({"a": 1})),
        ("total_price", &0.00267_f64, json!(0.00267)),
        ("input_tokens", &3_i64, json!(3)),
        ("total_steps", &3_i32, json!(3)),
        ("query", &None::<&str>, Value::Null),
        ("created_at", &begun, json!("2026-02-10T19:30:00.123+00:00")),
    ];
    let refused: [(&str, &(dyn ToSql + Sync)); 6] = [
        ("inputs", &"{}"),
        ("total_price", &0.5_f32),
        ("total_price", &1_i64),
        ("input_tokens", &3_i32),
        ("created_at", &"2026-02-10T19:30:00Z"),
        ("id", &"01a1fd9b-1ec6-759d-af92-ce9ef2a2ff9e"),
    ];
    let shop = Shop::open("tokio_postgres_values");
    connected(&shop, "postgres", async |client| {
        for (field, value, expected) in taken {
            let found = stored(&client, field, value).await.expect(field);
            assert_eq!(found, expected, "{field}");
        }
        for (field, value) in refused {
            let error = stored(&client, field, value).await.expect_err(field);
            assert!(
                error.to_string().starts_with("error serializing parameter"),
                "{field}: {error}"
            );
        }
        let error = stored(&client, "status", &"done")
            .await
            .expect_err("status");
        assert_eq!(error.code(), Some(&SqlState::INVALID_PARAMETER_VALUE));
    });
}

/// What is stored, as JSON, once a run was logged with this value.
async fn stored(
    client: &Client,
    field: &str,
    value: &(dyn ToSql + Sync),
) -> Result<Value, tokio_postgres::Error> {
    let status = if field == "status" {
        ""
    } else {
        ", status => 'succeeded'"
    };
    let call = format!(
        "SELECT dify_observe.log_workflow_run(tenant_id => $1, app_id => $1, workflow_id => $1, {field} => $2{status})"
    );
    let run: Uuid = client
        .query_one(&call, &[&Uuid::now_v7(), value])
        .await?
        .get(0);
    let sql = format!(
        "SELECT coalesce(to_jsonb({field}), 'null') FROM dify_observe.workflow_runs WHERE id = $1"
    );
    Ok(client.query_one(&sql, &[&run]).await?.get(0))
}

fn connected(shop: &Shop, role: &str, work: impl AsyncFnOnce(Client)) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let mut config = Config::new();
        config
            .host_path(shop.cluster.folder())
            .port(shop.cluster.port())
            .user(role)
            .dbname("shop");
        let (client, connection) = config.connect(NoTls).await.expect("a session");
        let driven = tokio::spawn(connection);
        work(client).await;
        driven.await.expect("the connection").expect("its end");
    });
}
