use {
    crate::{
        arguments::Raw,
        named::{Answer, Named, answers, expected, newest},
        session::Session,
    },
    anyhow::{Context, Result, bail},
    longplay_catalog::{DocumentId, Snapshot, SourceInfo},
    longplay_model::Monitor,
    serde_json::json,
    std::path::PathBuf,
};

/// Lines of a batch that are looked up together.
const AT_ONCE: usize = 1024;

pub fn run(session: &Session, arguments: &Raw) -> Result<()> {
    let home = session.read()?;
    let snapshot = newest(&home)?;
    let asked = Asked {
        snapshot: &snapshot,
        sources: snapshot.sources(),
        folder: home.sources_dir()?,
        is_record: arguments.record,
    };
    match &arguments.id {
        Some(id) => one(session, &asked, id),
        None => batch(session, &asked),
    }
}

/// Where records are looked for, and what ids stand for.
struct Asked<'a> {
    snapshot: &'a Snapshot,
    sources: Vec<SourceInfo>,
    folder: PathBuf,
    is_record: bool,
}

fn one(session: &Session, asked: &Asked, id: &str) -> Result<()> {
    if asked.is_record && asked.record_id(id).is_none() {
        bail!("{}", asked.expected_record(id));
    }
    if !asked.is_record && Named::parse(id) == Named::Nothing {
        bail!("{}", expected(id));
    }
    let document = asked.documents(&[id.to_owned()])?.pop().flatten();
    let document = document.with_context(|| format!("the catalog has no {id}"))?;
    let mut found = None;
    let mut records = asked.snapshot.raw_records(&asked.folder);
    records.read(&[document], &mut |_, record| {
        found = record;
        true
    })?;
    let found = found.with_context(|| format!("the catalog has no record {id}"))?;
    session.env.stdout.bytes(&found);
    Ok(())
}

/// Ids from stdin, one a line; records in their order, each between a line
/// that tells its length and a line feed.
fn batch(session: &Session, asked: &Asked) -> Result<()> {
    let mut records = asked.snapshot.raw_records(&asked.folder);
    let mut lines = session.env.stdin.lines();
    loop {
        let ids: Vec<String> = lines.by_ref().take(AT_ONCE).collect::<Result<_, _>>()?;
        if ids.is_empty() || session.watch.is_interrupted() {
            return Ok(());
        }
        let found = asked.documents(&ids)?;
        let known: Vec<DocumentId> = found.iter().copied().flatten().collect();
        let mut asked_for = ids.iter().zip(&found);
        records.read(&known, &mut |document, record| {
            for (id, found) in asked_for.by_ref() {
                match found {
                    Some(_) => {
                        asked.print(session, id, Some(document), record);
                        break;
                    }
                    None => asked.print(session, id, None, None),
                }
            }
            !session.watch.is_interrupted()
        })?;
        for (id, _) in asked_for.filter(|(_, found)| found.is_none()) {
            asked.print(session, id, None, None);
        }
    }
}

impl Asked<'_> {
    /// What stands behind each id; nothing for what the catalog does not know.
    fn documents(&self, ids: &[String]) -> Result<Vec<Option<DocumentId>>> {
        if self.is_record {
            return Ok(ids.iter().map(|id| self.record_id(id)).collect());
        }
        let named: Vec<Named> = ids.iter().map(|id| Named::parse(id)).collect();
        let found = answers(self.snapshot, &named)?;
        Ok(found.iter().map(most_popular).collect())
    }

    /// `SOURCE:NUMBER`; of several sources of one name the last.
    fn record_id(&self, id: &str) -> Option<DocumentId> {
        let (source, number) = id.trim().rsplit_once(':')?;
        let number = number.parse().ok()?;
        let mut from_last = self.sources.iter().rev();
        let named = from_last.find(|known| known.name == source);
        let numbered = || {
            let mut all = self.sources.iter();
            all.find(|known| known.number.to_string() == source)
        };
        let source = named.or_else(numbered)?.number;
        Some(DocumentId { source, number })
    }

    fn expected_record(&self, id: &str) -> String {
        let name = |source: &SourceInfo| format!("{} ({})", source.name, source.number);
        let names: Vec<String> = self.sources.iter().map(name).collect();
        format!(
            "{id} names no record: expected SOURCE:NUMBER, where SOURCE is one of {}",
            names.join(", ")
        )
    }

    fn print(
        &self,
        session: &Session,
        id: &str,
        document: Option<DocumentId>,
        record: Option<Vec<u8>>,
    ) {
        let length = record.as_ref().map(Vec::len);
        let mut head = json!({ "id": id, "bytes": length });
        if let (Some(document), Some(_)) = (document, length) {
            let source = self.sources.get(usize::from(document.source));
            head["source"] = source.map(|source| &*source.name).into();
            head["source_number"] = document.source.into();
            head["record"] = document.number.into();
        }
        let mut out = format!("{head}\n").into_bytes();
        if let Some(record) = record {
            out.extend(record);
            out.push(b'\n');
        }
        session.env.stdout.bytes(&out);
    }
}

fn most_popular(answer: &Answer) -> Option<DocumentId> {
    let track = answer.tracks.first()?;
    Some(DocumentId {
        source: track.source,
        number: track.source_record,
    })
}
