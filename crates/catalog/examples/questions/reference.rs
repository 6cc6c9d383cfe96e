//! The same tracks in SQLite, with its own indexes.

use {
    rusqlite::{Connection, OpenFlags, Row, ToSql},
    std::{error::Error, path::Path},
};

/// What an answer tells: title, codes, figures, release and artists, as ours.
const ANSWER: &str = "SELECT t.id, t.name, t.isrc, t.duration_ms, t.popularity, t.listens, a.name, \
     a.release_date, a.label, a.upc, (SELECT group_concat(n.name, '; ') FROM track_artists ta \
     JOIN artists n ON n.rowid = ta.artist_rowid WHERE ta.track_rowid = t.rowid), \
     (SELECT group_concat(genre, '; ') FROM track_genres g WHERE g.track_rowid = t.rowid) \
     FROM tracks t LEFT JOIN albums a ON a.rowid = t.album_rowid WHERE ";

pub struct Reference(Connection);

impl Reference {
    pub fn open(path: &Path) -> Result<Self, Box<dyn Error>> {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.pragma_update(None, "cache_size", -262_144)?;
        Ok(Self(connection))
    }

    /// What SQLite calls the track of this rank.
    pub fn id_at(&self, rank: u64) -> Result<String, Box<dyn Error>> {
        let mut id = self
            .0
            .prepare_cached("SELECT id FROM tracks WHERE rowid = ?")?;
        Ok(id.query_row([i64::try_from(rank)?], |row| row.get(0))?)
    }

    /// Rows in which a column has this value.
    pub fn by(&self, column: &str, value: &str) -> Result<usize, Box<dyn Error>> {
        self.rows(&format!("{ANSWER}{column} = ?"), &[value])
    }

    pub fn by_isrcs(&self, isrcs: &[&str]) -> Result<usize, Box<dyn Error>> {
        let marks = vec!["?"; isrcs.len()].join(", ");
        self.rows(&format!("{ANSWER}t.isrc IN ({marks})"), isrcs)
    }

    /// Every column of every row is read.
    fn rows(&self, sql: &str, values: &[&str]) -> Result<usize, Box<dyn Error>> {
        let mut query = self.0.prepare_cached(sql)?;
        let columns = query.column_count();
        let values: Vec<&dyn ToSql> = values.iter().map(|value| value as &dyn ToSql).collect();
        let read = |row: &Row<'_>| {
            for column in 0..columns {
                row.get_ref(column)?;
            }
            Ok::<(), rusqlite::Error>(())
        };
        let rows = query.query_map(&values[..], read)?;
        Ok(rows.collect::<Result<Vec<()>, _>>()?.len())
    }
}
