//! Plain tables in the layout of Python's `tabulate(..., tablefmt="plain")`, which the original tool printed: a
//! column is as wide as its longest cell and at least two wider than its header, two blanks stand between
//! columns, no line ends in blanks.

/// tabulate's MIN_PADDING.
const HEADER_PADDING: usize = 2;

#[derive(Clone, Copy)]
pub(crate) struct Column {
    pub(crate) header: &'static str,
    pub(crate) right: bool,
}

/// The lines of a table: headers, then rows.
pub(crate) fn lay_out(columns: &[Column], rows: &[Vec<String>]) -> Vec<String> {
    let widths: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(index, column)| {
            let cells = rows.iter().map(|row| row[index].chars().count());
            cells.fold(column.header.len() + HEADER_PADDING, usize::max)
        })
        .collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let padded = cells.zip(columns.iter().zip(&widths)).map(|(cell, (column, &width))| match column.right {
            true => format!("{cell:>width$}"),
            false => format!("{cell:<width$}"),
        });
        padded.collect::<Vec<_>>().join("  ").trim_end_matches(' ').to_owned()
    };
    let headers = line(&mut columns.iter().map(|column| column.header));
    std::iter::once(headers).chain(rows.iter().map(|row| line(&mut row.iter().map(String::as_str)))).collect()
}
