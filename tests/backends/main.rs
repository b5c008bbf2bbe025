//! Backends for LLM applications: what each is told, by servers that name a profile, its keys and nothing else that matters.

mod activity;
mod service;

mod connection;
mod containers;
mod mlflow;
mod orphans;
mod phoenix;
mod trying;
mod unfinished;
mod vocabulary;
