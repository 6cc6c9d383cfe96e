//! The identifiers of what may leave.

use {
    super::{
        super::{credits::credit_texts, regrouped::each_group},
        Copier,
    },
    crate::{
        error::Error,
        identifiers::{Kind, text_key},
        table::{TableFile, TableWriter, table},
        tables::{IDENTIFIERS, IDENTIFIERS_LAYOUT, IdentifierLine},
        text,
    },
    std::collections::BTreeSet,
};

table! {
    /// What is hashed with the credit of a track.
    TitlePart {
        title: String,
    }
}

/// Tracks whose texts are read at once.
const CHUNK: usize = 1 << 14;

/// Keys of texts with the rows that they lead to.
type Texts = Vec<(u64, u32)>;

impl Copier<'_> {
    /// Digests of the holder's files stay here, as `files` does.
    pub(super) fn identifiers(&self) -> Result<TableFile, Error> {
        let mut writer = TableWriter::create(&self.out.join(IDENTIFIERS), &IDENTIFIERS_LAYOUT)?;
        for kind in Kind::ALL {
            let rows = match kind {
                Kind::Blob => continue,
                Kind::Recording => {
                    self.recordings(&mut writer)?;
                    continue;
                }
                Kind::Text => {
                    self.texts(&mut writer)?;
                    continue;
                }
                Kind::Artist => &self.artists,
                Kind::Gtin | Kind::Release => &self.releases,
                Kind::Isrc | Kind::Mbid | Kind::Track => &self.tracks,
            };
            for line in self.identifiers.lines(kind)? {
                let line = line?;
                if let Some(row) = rows.number(line.row.into()) {
                    writer.push(IdentifierLine { row, ..line })?;
                }
            }
            writer.end_group()?;
        }
        writer.finish()
    }

    /// Recordings that still have several rows, by the row that stands for
    /// them now. Those that kept it are in order already.
    fn recordings(&self, writer: &mut TableWriter<IdentifierLine>) -> Result<(), Error> {
        let mut push = |key: u32, rows: &[u32]| {
            let others = rows.iter().filter(|row| **row != key);
            let lines = others.map(|row| IdentifierLine {
                kind: Kind::Recording.name().into(),
                key: key.into(),
                row: *row,
            });
            lines.into_iter().try_for_each(|line| writer.push(line))
        };
        let mut moved = self.regrouped.groups().peekable();
        each_group(self.identifiers, |representative, rows| {
            let Some(key) = self.tracks.number(representative) else {
                return Ok(());
            };
            let rows = rows.iter().filter_map(|row| self.tracks.number(*row));
            let rows: Vec<u32> = rows.collect();
            while let Some(rows) = moved.next_if(|rows| rows[0] < key) {
                push(rows[0], &rows)?;
            }
            match rows.len() {
                1 => Ok(()),
                _ => push(key, &rows),
            }
        })?;
        moved.try_for_each(|rows| push(rows[0], &rows))?;
        writer.end_group()
    }

    /// The texts of recordings that stay whole; of others those of the tracks
    /// that stay, so that nothing is told of the rest.
    fn texts(&self, writer: &mut TableWriter<IdentifierLine>) -> Result<(), Error> {
        let (parted, moved) = self.parted()?;
        let mut moved = moved.into_iter().peekable();
        let mut open: BTreeSet<(u64, u32)> = BTreeSet::new();
        let mut write = |(key, row)| {
            let kind = Kind::Text.name().into();
            writer.push(IdentifierLine { kind, key, row })
        };
        for line in self.identifiers.lines(Kind::Text)? {
            let line = line?;
            while let Some(text) = moved.next_if(|text| text.0 <= line.key) {
                open.insert(text);
            }
            while open.first().is_some_and(|text| text.0 < line.key) {
                open.pop_first().map_or(Ok(()), &mut write)?;
            }
            if parted.binary_search(&line.row).is_err()
                && let Some(row) = self.tracks.number(line.row.into())
            {
                open.insert((line.key, row));
            }
        }
        open.extend(moved);
        open.into_iter().try_for_each(write)?;
        writer.end_group()
    }

    /// The old rows of the representatives of recordings of which some tracks
    /// stay and others do not; and the keys of the texts of those that stay,
    /// with the new rows that stand for them, sorted.
    fn parted(&self) -> Result<(Vec<u32>, Texts), Error> {
        let (mut parted, mut stay) = (Vec::new(), Vec::new());
        each_group(self.identifiers, |representative, rows| {
            if rows.iter().any(|row| !self.tracks.contains(*row)) {
                let representative = representative as u32;
                parted.push(representative);
                let rows = rows.iter().filter(|row| self.tracks.contains(**row));
                stay.extend(rows.map(|row| (*row, representative)));
            }
            Ok(())
        })?;
        stay.sort_unstable();
        let mut texts = Vec::new();
        for stay in stay.chunks(CHUNK) {
            let rows: Vec<u64> = stay.iter().map(|(row, _)| *row).collect();
            let titles: Vec<TitlePart> = self.from.tracks.lines_at(&rows)?;
            let credits = credit_texts(self.from, &rows)?;
            for ((line, credit), (_, representative)) in titles.iter().zip(credits).zip(stay) {
                let hash = text::text_key(&credit, &line.title);
                let row = self.recording(*representative);
                texts.extend(hash.zip(row).map(|(hash, row)| {
                    let key = self.identifiers.key(Kind::Text, text_key(hash));
                    (key, row)
                }));
            }
        }
        texts.sort_unstable();
        Ok((parted, texts))
    }
}
