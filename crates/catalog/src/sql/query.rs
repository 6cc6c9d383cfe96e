//! Which texts are questions, and of tables that are there?

use {
    super::error::SqlError,
    datafusion::{
        prelude::SessionContext,
        sql::{
            parser::{DFParser, Statement},
            sqlparser::ast,
        },
    },
};

/// The one query of a text.
pub(super) fn query(text: &str) -> Result<Statement, SqlError> {
    let mut all = DFParser::parse_sql(text).map_err(SqlError::of_plan)?;
    match (all.pop_front(), all.len()) {
        (None, _) => Err(SqlError::Empty),
        (Some(one), 0) if asks(&one) => Ok(one),
        (Some(one), 0) => Err(SqlError::NotAQuery {
            found: first_word(&one.to_string()),
        }),
        (Some(_), others) => Err(SqlError::Several { count: others + 1 }),
    }
}

/// Whether a statement reads and does nothing else. What stands inside it is
/// judged by its plan.
fn asks(statement: &Statement) -> bool {
    match statement {
        Statement::Statement(inner) => matches!(
            **inner,
            ast::Statement::Query(_)
                | ast::Statement::ShowTables { .. }
                | ast::Statement::ShowColumns { .. }
                | ast::Statement::ExplainTable { .. }
        ),
        Statement::Explain(explain) => asks(&explain.statement),
        _ => false,
    }
}

fn first_word(text: &str) -> String {
    let word = text.split_whitespace().next().unwrap_or_default();
    word.to_uppercase()
}

/// Refuses a query of tables that are not there; `known` are those that are.
pub(super) fn check_tables(
    context: &SessionContext,
    query: &Statement,
    known: &[String],
) -> Result<(), SqlError> {
    let state = context.state();
    let named = state.resolve_table_references(query);
    for table in named.map_err(SqlError::of_plan)? {
        let is_known = table.schema() == Some(INFORMATION)
            || context.table_exist(table.clone()).unwrap_or(false)
            || state.table_functions().contains_key(table.table());
        if !is_known {
            return Err(SqlError::NoTable {
                name: table.to_string(),
                known: known.to_vec(),
            });
        }
    }
    Ok(())
}

/// The schema in which SQL describes tables.
const INFORMATION: &str = "information_schema";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_questions_are_queries() {
        for text in [
            "SELECT 1",
            "WITH a AS (SELECT 1 AS b) SELECT b FROM a;",
            "VALUES (1), (2)",
            "EXPLAIN SELECT 1",
            "EXPLAIN ANALYZE SELECT 1",
            "SHOW TABLES",
            "DESCRIBE tracks",
        ] {
            assert!(query(text).is_ok(), "{text}");
        }
        for (text, found) in [
            (
                "CREATE EXTERNAL TABLE a STORED AS CSV LOCATION '/etc/passwd'",
                "CREATE",
            ),
            ("CREATE TABLE a AS SELECT 1", "CREATE"),
            ("CREATE VIEW a AS SELECT 1", "CREATE"),
            ("COPY (SELECT 1) TO 'out.csv'", "COPY"),
            ("INSERT INTO tracks VALUES (1)", "INSERT"),
            ("DROP TABLE tracks", "DROP"),
            ("DELETE FROM tracks", "DELETE"),
            ("UPDATE tracks SET title = ''", "UPDATE"),
            ("SET datafusion.execution.batch_size = 1", "SET"),
            ("EXPLAIN DROP TABLE tracks", "EXPLAIN"),
            ("EXPLAIN COPY (SELECT 1) TO 'out.csv'", "EXPLAIN"),
        ] {
            let refused = query(text).unwrap_err();
            let is_so = matches!(&refused, SqlError::NotAQuery { found: it } if it == found);
            assert!(is_so, "{text}: {refused:?}");
        }
        assert!(matches!(query(" "), Err(SqlError::Empty)));
        assert!(matches!(query("-- nothing\n"), Err(SqlError::Empty)));
        let two = query("SELECT 1; SELECT 2");
        assert!(matches!(two, Err(SqlError::Several { count: 2 })));
        assert!(matches!(query("SELEC 1"), Err(SqlError::Parse { .. })));
    }
}
