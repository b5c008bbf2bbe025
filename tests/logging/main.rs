//! Logging: what is called or inserted is stored, told once as an event, and read back as companion logs.

mod asking;
mod call;
mod dictionary;
mod everything_given;
mod nesting;
mod refused;

mod apps;
mod catalogue;
mod companion_attributes;
mod companion_content;
mod companion_identity;
mod derived_times;
mod derived_values;
mod feedback;
mod finishing;
mod ids;
mod many_at_once;
mod message_traces;
mod missing_arguments;
mod partitions;
mod partitions_and_writers;
mod payloads;
mod plain_rows;
mod privileges;
mod retries;
mod silent_rows;
mod simultaneous;
mod spans;
mod traces;
mod transactions;
mod without_preloading;
mod wrong_states;
mod wrong_times;
mod wrong_values;
