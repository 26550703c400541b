//! A census as CSV: a line of names, then a line a component.

use super::field::Field;
use super::row::{Row, Rows};

/// A CSV text before anything of it is believed.
#[derive(Debug, Default)]
pub(crate) struct Table {
    /// The first line.
    pub headers: Vec<String>,
    /// Line number and fields, without empty lines.
    pub rows: Vec<(u64, Vec<String>)>,
    /// Lines that could not be read: number and reason.
    pub unreadable: Vec<(u64, String)>,
}

/// Reads a line of names and the lines below it.
///
/// # Errors
/// There is no line of names; `such_as` shows one.
pub(crate) fn table(text: &str, such_as: &str) -> Result<Table, String> {
    // Spreadsheets begin UTF-8 files with a mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|e| e.to_string())?.clone();
    if headers.iter().all(str::is_empty) {
        return Err(format!("is empty: the first line has the fields' names, such as {such_as}"));
    }
    let mut out = Table { headers: headers.iter().map(str::to_owned).collect(), ..Table::default() };
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                out.unreadable.push((line, format!("cannot be read as CSV: {error}")));
                continue;
            }
        };
        let number = record.position().map_or(0, csv::Position::line);
        if record.iter().all(str::is_empty) {
            continue;
        }
        if record.len() > headers.len() {
            let (has, names) = (record.len(), headers.len());
            let hint = "put texts with commas, such as a polygon, in double quotes";
            out.unreadable.push((number, format!("has {has} fields where the first line names {names}; {hint}")));
            continue;
        }
        out.rows.push((number, record.iter().map(str::to_owned).collect()));
    }
    Ok(out)
}

/// Reads the rows of a CSV text; what is wrong with single rows is in the answer.
///
/// # Errors
/// There is no line of names, or none of its names is the id's.
pub(super) fn read(text: &str) -> Result<Rows, String> {
    let Table { headers, rows, unreadable } = table(text, "id,name,state,camera,polygon")?;
    let columns: Vec<Option<Field>> = headers.iter().map(|name| Field::named(name)).collect();
    if !columns.contains(&Some(Field::Id)) {
        let found = headers.iter().take(8).map(String::as_str).collect::<Vec<_>>().join(", ");
        return Err(format!("no column is called id, GLBJBSM or ObjID; the first line names: {found}"));
    }
    let mut out = Rows { unreadable, ..Rows::default() };
    for (name, column) in headers.iter().zip(&columns) {
        if column.is_none() && !name.is_empty() {
            out.unknown.push(name.to_owned());
        }
    }
    for (index, field) in columns.iter().enumerate() {
        if let Some(field) = field
            && columns[..index].contains(&Some(*field))
        {
            return Err(format!("two columns are the field `{}`; keep one of them", field.as_str()));
        }
    }
    for (number, texts) in rows {
        let named = texts.into_iter().zip(&columns).filter(|(text, _)| !text.is_empty());
        let fields = named.filter_map(|(text, field)| Some(((*field)?, text))).collect();
        out.rows.push(Row { number, fields, ..Row::default() });
    }
    Ok(out)
}
