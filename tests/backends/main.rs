//! Backends for LLM applications: what each is told, by servers that name a profile, its keys and nothing else that matters.

mod activity;

mod connection;
mod orphans;
mod trying;
mod vocabulary;
