use crate::page;
use crate::shop::Shop;

#[test]
fn the_program_for_psql_logs_what_it_says() {
    let shop = Shop::open("psql");
    let file = shop.cluster.folder().join("program.sql");
    std::fs::write(&file, page::program("psql", "sql")).expect("a file");
    let psql = shop.cluster.bin("psql");
    let psql = psql.get_program().to_str().expect("a path");
    let printed = shop.run(psql, &["-XAtv", "ON_ERROR_STOP=1", "-f"], &file);
    shop.check_written();
    assert!(
        printed.contains("\n2|0\n2|0\ndify.workflow.run|"),
        "{printed}"
    );
}
