//! `feed.atom`: news of releases for feed readers (RFC 4287).

use {
    super::listing::{Listing, PublicTranche},
    crate::encode::{markup, percent},
    longplay_model::{ByteSize, Digest},
};

/// The name of the file.
pub const FEED: &str = "feed.atom";

/// The text of the feed, the newest entry first. `base_url` ends in `/`.
///
/// Ids are UUIDs of version 8 (RFC 9562), made from digests, so that they stay
/// the same wherever the feed is made; times are those of sealing.
pub fn feed(listing: &Listing, base_url: Option<&str>) -> String {
    let base = base_url.unwrap_or("");
    let name = markup(&listing.archive);
    let contact = listing.contact.as_deref().unwrap_or_default();
    let id = uuid(format!("feed\n{}\n{contact}", listing.archive).as_bytes());
    let own = match base_url {
        Some(base) => format!("  <link rel=\"self\" href=\"{}{FEED}\"/>\n", markup(base)),
        None => String::new(),
    };
    let mut newest: Vec<&PublicTranche> = listing.tranches.iter().collect();
    newest.sort_by_key(|tranche| std::cmp::Reverse(tranche.opened));
    let entries: String = newest.iter().map(|tranche| entry(tranche, base)).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <feed xmlns=\"http://www.w3.org/2005/Atom\">\n\
         \x20 <id>{id}</id>\n\
         \x20 <title>{name}: releases</title>\n\
         \x20 <updated>{}</updated>\n\
         \x20 <author><name>{name}</name></author>\n\
         \x20 <link rel=\"alternate\" type=\"text/html\" href=\"{}index.html\"/>\n\
         {own}{entries}</feed>\n",
        listing.updated(),
        markup(base),
    )
}

fn entry(tranche: &PublicTranche, base: &str) -> String {
    let id = uuid(format!("entry\n{}", tranche.tagmanifest).as_bytes());
    let base = markup(base);
    let name = percent(&tranche.name);
    let updated = tranche.opened;
    let size = ByteSize(tranche.bytes);
    let torrent = percent(&tranche.torrent.file);
    format!(
        "  <entry>\n\
         \x20   <id>{id}</id>\n\
         \x20   <title>{} ({size})</title>\n\
         \x20   <updated>{updated}</updated>\n\
         \x20   <link rel=\"alternate\" type=\"text/html\" href=\"{base}index.html#{name}\"/>\n\
         \x20   <link rel=\"enclosure\" type=\"application/x-bittorrent\" href=\"{base}{torrent}\"/>\n\
         \x20   <summary>{}</summary>\n\
         \x20 </entry>\n",
        markup(&tranche.name),
        markup(&summary(tranche)),
    )
}

fn summary(tranche: &PublicTranche) -> String {
    let content = match tranche.phase.as_str() {
        "metadata" => format!("The catalog in {} files", tranche.files),
        "art" => format!("{} covers", tranche.covers),
        _ => format!("{} recordings", tranche.recordings),
    };
    let torrent = &tranche.torrent;
    format!(
        "{content}. Infohash v1 {}, v2 {}.",
        torrent.infohash_v1, torrent.infohash_v2
    )
}

/// A UUID of version 8 that follows from `seed` alone.
fn uuid(seed: &[u8]) -> String {
    let mut bytes = *Digest::of(seed).as_bytes();
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = Digest::from_bytes(bytes).to_string();
    let groups = [0..8, 8..12, 12..16, 16..20, 20..32];
    format!("urn:uuid:{}", groups.map(|group| &hex[group]).join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_uuids_of_version_8() {
        let id = uuid(b"x");
        assert_eq!(id.len(), "urn:uuid:".len() + 36);
        assert_eq!(&id[23..24], "8");
        assert!("89ab".contains(&id[28..29]), "{id}");
        assert_ne!(id, uuid(b"y"));
    }
}
