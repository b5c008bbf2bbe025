//! How to go on from here.

use crate::table;

pub fn show() {
    table::heading("Your own collector");
    println!(
        "\
make demo ENDPOINT=http://localhost:4318          # the same activity, sent there

make install PG_CONFIG=/path/to/pg_config         # and for good, in postgresql.conf:
  shared_preload_libraries = 'dify_observe'       # (restart once)
  dify_observe.enabled = on
  dify_observe.telemetry_enabled = on
  dify_observe.otlp_endpoint = 'http://localhost:4318'
psql -c 'CREATE EXTENSION dify_observe' your_database"
    );
}
