use std::time::SystemTime;

use serde_json::{Value, json};
use tokio_postgres::{Client, Error};
use uuid::{Uuid, uuid};

const TENANT: Uuid = uuid!("550e8400-e29b-41d4-a716-446655440000");
const APP: Uuid = uuid!("770e8400-e29b-41d4-a716-446655440002");
const WORKFLOW: Uuid = uuid!("880e8400-e29b-41d4-a716-446655440003");

pub async fn write(client: &mut Client) -> Result<(), Error> {
    // In one call.
    let call = "SELECT dify_observe.log_workflow_run(tenant_id => $1, app_id => $2, workflow_id => $3, id => $4, status => 'succeeded',
        inputs => $5, outputs => $6, total_price => $7, elapsed_time => $8, created_at => $9)";
    let (inputs, outputs) = (json!({"query": "Where is order 1107?"}), json!({"answer": "It arrives tomorrow."}));
    client.execute(call, &[&TENANT, &APP, &WORKFLOW, &Uuid::now_v7(), &inputs, &outputs, &0.00267, &2.3, &SystemTime::now()]).await?;

    // A run, its node and a row of your own: all of them, or none.
    let run = Uuid::now_v7();
    let transaction = client.transaction().await?;
    let call = "SELECT dify_observe.log_workflow_run(tenant_id => $1, app_id => $2, workflow_id => $3, id => $4, status => 'succeeded',
        elapsed_time => $5)";
    transaction.execute(call, &[&TENANT, &APP, &WORKFLOW, &run, &1.9]).await?;
    let call = "SELECT dify_observe.log_node_execution(tenant_id => $1, app_id => $2, workflow_run_id => $3, node_id => 'write',
        node_type => 'llm', status => 'succeeded', inputs => $4, model_provider => 'openai', model_name => 'gpt-4o',
        input_tokens => $5, output_tokens => $6)";
    transaction.execute(call, &[&TENANT, &APP, &run, &json!(["Where is order 1107?"]), &812_i64, &64_i64]).await?;
    transaction.execute("INSERT INTO answers VALUES ($1, $2)", &[&run, &"It arrives tomorrow."]).await?;
    transaction.commit().await?;

    // Begun, and later finished.
    let call = "SELECT dify_observe.start_workflow_run(tenant_id => $1, app_id => $2, workflow_id => $3, user_id => 'customer-7')";
    let run: Uuid = client.query_one(call, &[&TENANT, &APP, &WORKFLOW]).await?.get(0);
    let call = "SELECT dify_observe.finish_workflow_run(id => $1, status => 'succeeded', outputs => $2)";
    client.execute(call, &[&run, &json!({"answer": "It is at your door."})]).await?;

    // Many at once. Sent again, it changes nothing: each has an id.
    let events = json!(["Where is order 1107?", "Thank you!"].map(|query| json!({
        "event": "dify.message.run", "tenant_id": TENANT.to_string(), "app_id": APP.to_string(), "id": Uuid::now_v7().to_string(),
        "status": "normal", "query": query,
    })));
    for _attempt in 0..2 {
        let row = client.query_one("SELECT * FROM dify_observe.log_batch($1, on_error => 'quarantine')", &[&events]).await?;
        let (logged, quarantined): (i64, i64) = (row.get("logged"), row.get("quarantined"));
        println!("{logged} {quarantined}");
    }

    // What was told about the run.
    let view = "SELECT event_name, trace_id, attributes FROM dify_observe.companion_logs WHERE source_id = $1";
    for row in client.query(view, &[&run]).await? {
        let (name, trace, attributes): (&str, &str, Value) = (row.get("event_name"), row.get("trace_id"), row.get("attributes"));
        println!("{name} {trace} {}", attributes["dify.workflow.outputs"]);
    }
    Ok(())
}
