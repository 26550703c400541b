//! A census as CSV: a line of names, then a line a component.

use super::field::Field;
use super::row::{Row, Rows};

/// Reads the rows of a CSV text; what is wrong with single rows is in the answer.
///
/// # Errors
/// There is no line of names, or none of its names is the id's.
pub(super) fn read(text: &str) -> Result<Rows, String> {
    // Spreadsheets begin UTF-8 files with a mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|e| e.to_string())?.clone();
    if headers.iter().all(str::is_empty) {
        return Err("is empty: the first line has the fields' names, such as id,name,state,camera,polygon".to_owned());
    }
    let columns: Vec<Option<Field>> = headers.iter().map(Field::named).collect();
    if !columns.contains(&Some(Field::Id)) {
        let found = headers.iter().take(8).collect::<Vec<_>>().join(", ");
        return Err(format!("no column is called id, GLBJBSM or ObjID; the first line names: {found}"));
    }
    let mut out = Rows::default();
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
        if record.len() > columns.len() {
            let (has, names) = (record.len(), columns.len());
            let hint = "put texts with commas, such as a polygon, in double quotes";
            out.unreadable.push((number, format!("has {has} fields where the first line names {names}; {hint}")));
            continue;
        }
        let named = record.iter().zip(&columns).filter(|(text, _)| !text.is_empty());
        let fields = named.filter_map(|(text, field)| Some(((*field)?, text.to_owned()))).collect();
        out.rows.push(Row { number, fields, ..Row::default() });
    }
    Ok(out)
}
