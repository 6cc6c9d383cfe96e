//! One item out of a released tranche: look it up, read its bytes and no
//! others, check their digest, keep them.
//!
//! ```text
//!   target ─ map ─► record ─ range ─► bytes ─ SHA-256 ─► file
//! ```

mod copy;
mod http;
mod lookup;
mod mirror;
mod options;
mod part;
mod shelf;
mod source;
mod target;

pub use {
    lookup::Found,
    mirror::Mirror,
    options::GetOptions,
    part::{GotPart, Part, PartPlan, ProvenBy, find_part, get_part},
    source::{From, is_address, is_archive},
    target::Target,
};

use {
    crate::{error::Error, public::map::MapRecord},
    copy::{Copied, copy},
    http::Client,
    longplay_model::{Finding, FindingCode, IndexRecord, Monitor, Unit},
    lookup::lookup,
    serde::Serialize,
    std::path::{Path, PathBuf},
};

/// What was fetched.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Got {
    pub tranche: String,
    pub record: IndexRecord,
    /// The copy, under the last part of the record's path; absent when the
    /// bytes differ from their digest (R004).
    pub path: Option<PathBuf>,
    /// Other items that the target names: another form of the recording, or
    /// another recording under the same ISRC. In the order of the map.
    pub others: Vec<MapRecord>,
    /// Requests over the network, and bytes that they brought, the map included; of an
    /// archive's own store the bytes of the item alone.
    pub requests: u64,
    pub bytes_fetched: u64,
}

/// Finds what [`get`] would fetch, and fetches no more than the map.
pub fn find(target: &str, from: &From, map: Option<&Path>) -> Result<Found, Error> {
    lookup(&target.parse()?, from, map, &Client::new())
}

/// Brings one item out of `from` into the folder `out`, which must exist.
///
/// `target` is a track id, a recording id, an ISRC or a SHA-256. Of several
/// items the one in the best form is taken (original, lossless, access), the
/// first in the map among equals. With a `map` at hand nothing is read but the
/// bytes of the item: over HTTP by one request for exactly this range.
///
/// A copy that is there already is checked and kept, and nothing is fetched.
///
/// # Errors
/// [`Error::ParseTarget`], [`Error::Find`], [`Error::KeepOutput`], and what
/// keeps it from reading or writing. Bytes that differ from their digest are
/// told as R004, and nothing is kept.
pub fn get(
    target: &str,
    from: &From,
    map: Option<&Path>,
    out: &Path,
    options: &GetOptions,
    monitor: &dyn Monitor,
) -> Result<Got, Error> {
    let target: Target = target.parse()?;
    let client = Client::new();
    let Found { chosen, others } = lookup(&target, from, map, &client)?;
    let MapRecord { tranche, record } = chosen;
    let bytes = Some(record.length);
    monitor.begin(record.path.as_str(), bytes, Unit::Bytes);
    let copied = copy(&tranche, &record, from, out, options, &client, monitor)?;
    let path = match copied {
        Copied::Whole(path) => Some(path),
        Copied::Differs(seen) => {
            let place = format!("bytes {}+{}", record.offset, record.length);
            let subject = format!("{tranche}/data/packs/{}", record.pack);
            monitor.finding(Finding::new(FindingCode::R004, subject, seen).at(place));
            None
        }
    };
    Ok(Got {
        tranche,
        record,
        path,
        others,
        requests: client.requests(),
        bytes_fetched: client.bytes(),
    })
}
