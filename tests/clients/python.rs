use std::path::{Path, PathBuf};

use dify_observe_tests::packages;

use crate::page;
use crate::shop::{Shop, check_printed};

const PACKAGES: [&str; 3] = [
    "psycopg[binary]==3.3.9",
    "asyncpg==0.32.0",
    "uuid6==2025.0.1",
];

#[test]
fn the_program_for_psycopg_logs_what_it_says() {
    check_program("psycopg");
}

#[test]
fn the_program_for_asyncpg_logs_what_it_says() {
    check_program("asyncpg");
}

#[test]
fn psycopg_takes_and_refuses_what_the_page_says() {
    check_values("psycopg_values.py");
}

#[test]
fn asyncpg_takes_and_refuses_what_the_page_says() {
    check_values("asyncpg_values.py");
}

fn check_program(client: &str) {
    let shop = Shop::open(client);
    let file = shop.cluster.folder().join("program.py");
    let program = page::program(&format!("Python: {client}"), "python");
    std::fs::write(&file, program).expect("a file");
    let printed = shop.run("env", &[&path(), "python3"], &file);
    shop.check_written();
    check_printed(&printed);
}

fn check_values(script: &str) {
    let shop = Shop::open(&script.replace('.', "_"));
    let file: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("clients")
        .join(script);
    shop.run_as("postgres", "env", &[&path(), "python3"], &file);
}

fn path() -> String {
    format!("PYTHONPATH={}", packages::python(&PACKAGES).display())
}
