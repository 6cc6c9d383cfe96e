use crate::{
    error::Error,
    scan::{column, groups_of},
    table::Table,
};

/// Tracks of a code that are told apart.
const MOST: usize = 10;

/// How many codes there are, and how many of them stand on 1, 2, 3 … tracks:
/// one pass over the sorted identifiers. The last number is that of 10 or more.
pub(super) fn tracks_a_code(identifiers: &Table) -> Result<(u64, Vec<u64>), Error> {
    let wanted = groups_of(identifiers, "isrc")?;
    let mut lengths = [0; MOST];
    let mut open = None;
    let read = |group: usize| match wanted.contains(&group) {
        true => runs(identifiers, group),
        false => Ok(Vec::new()),
    };
    identifiers.scan(read, |_, runs| {
        for (key, tracks) in runs {
            open = match open {
                Some((last, before)) if last == key => Some((key, before + tracks)),
                _ => {
                    end(&mut lengths, open);
                    Some((key, tracks))
                }
            };
        }
        Ok(())
    })?;
    end(&mut lengths, open);
    Ok((lengths.iter().sum(), lengths.to_vec()))
}

fn end(lengths: &mut [u64; MOST], run: Option<(u64, u64)>) {
    if let Some((_, tracks)) = run {
        lengths[(tracks as usize).min(MOST) - 1] += 1;
    }
}

/// Each key of a row group with how often it stands there.
fn runs(identifiers: &Table, group: usize) -> Result<Vec<(u64, u64)>, Error> {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    let rows = identifiers.rows_of(group);
    for batch in identifiers.batches_at(rows, &["key"])? {
        for key in column::<u64>(identifiers, &batch, "key")?.values() {
            match runs.last_mut() {
                Some((last, tracks)) if last == key => *tracks += 1,
                _ => runs.push((*key, 1)),
            }
        }
    }
    Ok(runs)
}
