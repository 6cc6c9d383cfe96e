use {
    crate::{
        arguments::Sql as Arguments,
        grid::{Grid, GridColumn},
        named::{newest_folder, snapshot_folder},
        report::Report,
        session::Session,
        spill::Spill,
    },
    anyhow::{Context, Result, bail},
    longplay_catalog::{
        Error,
        sql::{Answer, Sql, SqlColumn, SqlError, SqlFormat, SqlOptions},
    },
    longplay_model::{ByteSize, grouped},
    longplay_store::Home,
    serde_json::json,
    std::{
        fs,
        io::{BufWriter, ErrorKind, Write},
        path::{Path, PathBuf},
    },
};

pub fn run(session: &Session, arguments: &Arguments) -> Result<()> {
    let home = session.read()?;
    let folder = match &arguments.snapshot {
        Some(name) => snapshot_folder(session, &home, name)?,
        None => newest_folder(&home)?,
    };
    let query = query(session, arguments)?;
    let out = arguments.to.as_deref();
    let out = out
        .map(|typed| out_file(session, &home, typed))
        .transpose()?;
    let (_spill, sql) = open(&home, &folder, arguments.memory)?;
    let Some(query) = query else {
        return tables(session, &sql);
    };
    let mut answer = sql.ask(&query)?;
    match out {
        Some((path, format)) => {
            let file = answer.write_file(&path, format, arguments.force, &session.watch)?;
            let typed = arguments.to.as_deref().unwrap_or(&path);
            let report = Report::new(format!("Wrote {}.", typed.display()))
                .row("format", format.name())
                .count("rows", file.rows)
                .bytes("file_bytes", file.bytes);
            session.print(&report);
        }
        None if session.is_json || arguments.csv => print_all(session, &mut answer)?,
        None => show(session, answer, arguments.rows)?,
    }
    Ok(())
}

/// A snapshot for questions, and the folder for what they spill, which has to
/// be dropped after it.
pub fn open(home: &Home, folder: &Path, memory: ByteSize) -> Result<(Option<Spill>, Sql)> {
    // Where the archive cannot be written to, a query has its memory alone.
    let spill = Spill::create(&home.catalog_dir()?).ok();
    let options = SqlOptions {
        memory,
        spill: spill.as_ref().map(Spill::path),
        plans: Some(home.plans_dir()?),
        newest_plan: home.state().last_plan()?,
    };
    let sql = Sql::open(folder, &options)?;
    Ok((spill, sql))
}

/// A query as typed, or from stdin.
pub fn typed(session: &Session, query: &str) -> Result<String> {
    match query {
        "-" => session.env.stdin.text().context("cannot read the query"),
        typed => Ok(typed.to_owned()),
    }
}

/// The query as typed, from stdin or from a file; nothing where there is none.
fn query(session: &Session, arguments: &Arguments) -> Result<Option<String>> {
    Ok(match (&arguments.query, &arguments.file) {
        (Some(query), _) => Some(typed(session, query)?),
        (None, Some(typed)) => {
            let text = fs::read_to_string(session.path(typed));
            Some(text.with_context(|| format!("cannot read {}", typed.display()))?)
        }
        (None, None) => None,
    })
}

/// The file to write, and how. Answers may hold what is dark.
fn out_file(session: &Session, home: &Home, typed: &Path) -> Result<(PathBuf, SqlFormat)> {
    let format = SqlFormat::of_path(typed);
    let format =
        format.context("the name tells no format: end it with .parquet, .csv or .jsonl")?;
    let path = session.path(typed);
    let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let (folder, archive) = (
        path.parent().map_or_else(PathBuf::new, whole),
        whole(home.root().path()),
    );
    if folder != archive && folder.starts_with(archive) {
        bail!(
            "{} is in a folder of the archive: an answer may hold what is dark, and goes elsewhere",
            typed.display()
        );
    }
    Ok((path, format))
}

/// What may be asked.
fn tables(session: &Session, sql: &Sql) -> Result<()> {
    for table in sql.tables() {
        let columns = table.columns.iter();
        if session.is_json {
            let columns = columns.map(|it| json!({"name": it.name, "type": it.kind}));
            let columns: Vec<_> = columns.collect();
            session
                .env
                .stdout
                .line(json!({"table": table.name, "columns": columns}));
            continue;
        }
        session.say(&table.name);
        let columns = columns.map(|it| format!("{} {}", it.name, it.kind).replace(' ', "\u{a0}"));
        let options = textwrap::Options::new(session.env.width)
            .initial_indent("  ")
            .subsequent_indent("  ");
        let text = textwrap::fill(&columns.collect::<Vec<_>>().join(", "), options);
        session.say(text.replace('\u{a0}', " "));
    }
    Ok(())
}

fn print_all(session: &Session, answer: &mut Answer) -> Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, &session.env.stdout);
    let printed = match session.is_json {
        true => answer.write_jsonl(&mut out, &session.watch),
        false => answer.write_csv(&mut out, &session.watch),
    };
    let printed = printed.and_then(|_| {
        let flushed = out.flush();
        flushed.map_err(|source| SqlError::Print { source }.into())
    });
    match printed {
        // Who closes the pipe has read enough.
        Err(Error::Sql {
            source: SqlError::Print { source },
        }) if source.kind() == ErrorKind::BrokenPipe => {
            drop(out.into_parts());
            Ok(())
        }
        other => Ok(other?),
    }
}

fn show(session: &Session, answer: Answer, rows: usize) -> Result<()> {
    let columns = answer.columns().into_iter().map(column).collect();
    let head = answer.head(rows, &session.watch)?;
    let grid = Grid {
        columns,
        rows: head.cells,
    };
    session.say(grid.text(session.env.width).trim_end());
    session.say(match (grid.rows.len(), head.has_more) {
        (shown, true) => format!("{}; --csv, --json or --to FILE give all.", first(shown)),
        (1, false) => "1 row.".to_owned(),
        (shown, false) => format!("{} rows.", grouped(shown as u64)),
    });
    Ok(())
}

fn first(rows: usize) -> String {
    match rows {
        1 => "The first row (--rows N)".to_owned(),
        rows => format!("The first {} rows (--rows N)", grouped(rows as u64)),
    }
}

fn column(column: SqlColumn) -> GridColumn {
    GridColumn {
        name: column.name,
        is_number: column.is_number,
    }
}
