//! Rows of docs/corpus.md.

use super::Row;
use std::fmt::Write;

const HEAD: &str = "\
| crate | profile | size | more | sites | link | work, ms | work | failures | places | in its code |
| --- | --- | --: | --: | --: | --: | --: | --: | --: | --: | --: |
";

/// One row.
pub(super) fn row(row: &Row) -> String {
    let [plain, ours] = row.size.map(|bytes| bytes as f64);
    let [by_lld, by_us] = row.link;
    format!(
        "| {} | {} | {:.0} kB | {:.2} % | {} | {:.2} | {:.2} | {:.2} | {} | {} | {} |",
        row.name,
        row.profile.name(),
        plain / 1e3,
        (ours / plain - 1.0) * 100.0,
        row.sites,
        by_us / by_lld,
        row.work.0,
        row.work.1,
        row.failures,
        row.places[0],
        row.places[1],
    )
}

/// The whole table, by crate and profile, and what it comes to.
pub(super) fn all(rows: &[Row]) -> String {
    let mut rows: Vec<&Row> = rows.iter().collect();
    rows.sort_by(|one, other| (&one.name, one.profile).cmp(&(&other.name, other.profile)));
    let mut table = HEAD.to_owned();
    for one in &rows {
        // Memory takes all that is written to it.
        let _ = writeln!(table, "{}", row(one));
    }
    let names: std::collections::BTreeSet<&str> = rows.iter().map(|row| &*row.name).collect();
    let failures: usize = rows.iter().map(|row| row.failures).sum();
    let _ = writeln!(
        table,
        "\n{} crates, {} modules, {failures} failures, all typed",
        names.len(),
        rows.len()
    );
    table
}
