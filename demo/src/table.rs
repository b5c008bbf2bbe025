//! Text in columns, no wider than a terminal of 100.

const WIDTH: usize = 100;
const GAP: &str = "  ";

pub fn heading(text: &str) {
    println!("\n{text}\n{}", "─".repeat(WIDTH));
}

/// Columns as wide as their widest cell, a row's last one aside; lines are cut at the terminal's width.
pub fn print(rows: &[Vec<String>]) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let cells = |column: usize| {
        rows.iter()
            .filter(move |row| column + 1 < row.len())
            .map(move |row| row[column].chars().count())
    };
    let widths: Vec<usize> = (0..columns)
        .map(|column| cells(column).max().unwrap_or(0))
        .collect();
    for row in rows {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"));
        println!(
            "{}",
            cut(cells.collect::<Vec<_>>().join(GAP).trim_end(), WIDTH)
        );
    }
}

pub fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width - 1).collect();
    format!("{kept}…")
}

/// The end of an id, where ids made in one moment differ.
pub fn short(id: &str) -> String {
    let skipped = id.chars().count().saturating_sub(6);
    if skipped == 0 {
        id.to_owned()
    } else {
        format!("…{}", id.chars().skip(skipped).collect::<String>())
    }
}
