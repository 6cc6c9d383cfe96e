//! `index.html`: the release for people. One file, no script, nothing fetched
//! from elsewhere; everything that comes from the archive is escaped.

use {
    super::{
        feed::FEED,
        listing::{LISTING, Listing, PublicTorrent, PublicTranche},
        map::MAP,
    },
    crate::encode::{markup, percent},
    longplay_model::{ByteSize, RightsUri, grouped},
    std::collections::BTreeMap,
};

/// The name of the file.
pub const PAGE: &str = "index.html";

const STYLE: &str = include_str!("page.css");

const PHASES: [(&str, &str, &str); 3] = [
    (
        "metadata",
        "The catalog",
        "Tables in Parquet, in the order of popularity: query them where they lie.",
    ),
    (
        "audio",
        "Audio",
        "Packs of recordings in the order of the plan, what is listened to most first.",
    ),
    ("art", "Art", "The front covers of the recordings above."),
];

/// The text of the page.
pub fn page(listing: &Listing) -> String {
    let name = markup(&listing.archive);
    let sections = [
        header(listing),
        "<main id=\"content\">\n".into(),
        phases(listing),
        rights(listing),
        one_track(listing),
        verify(listing),
        programs(),
        "</main>\n".into(),
        footer(listing),
    ];
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{name}</title>\n\
         <meta name=\"description\" content=\"Music of {name}, released to be kept by many\">\n\
         <link rel=\"alternate\" type=\"application/atom+xml\" href=\"{FEED}\" title=\"{name}: releases\">\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#content\">Skip to the releases</a>\n\
         {}</body>\n</html>\n",
        sections.concat()
    )
}

fn header(listing: &Listing) -> String {
    let sum = |count: fn(&PublicTranche) -> u64| listing.tranches.iter().map(count).sum::<u64>();
    let facts = [
        (
            ByteSize(sum(|tranche| tranche.bytes)).to_string(),
            "to keep",
        ),
        (grouped(sum(|tranche| tranche.recordings)), "recordings"),
        (duration(sum(|tranche| tranche.duration_ms)), "of sound"),
        (grouped(sum(|tranche| tranche.covers)), "covers"),
    ];
    let facts = facts.map(|(value, what)| format!("<li><strong>{value}</strong> {what}</li>\n"));
    format!(
        "<header>\n<h1>{}</h1>\n\
         <p class=\"lead\">A music archive that anyone may mirror. Take one part or all of it, \
         keep it, and pass it on: every copy makes it safer.</p>\n\
         <ul class=\"facts\">\n{}</ul>\n</header>\n",
        markup(&listing.archive),
        facts.concat()
    )
}

fn phases(listing: &Listing) -> String {
    if listing.tranches.is_empty() {
        return "<h2 id=\"releases\">Releases</h2>\n<p>Nothing has been released yet.</p>\n".into();
    }
    let known = PHASES.iter().map(|(phase, title, about)| {
        let tranches = listing.tranches.iter();
        let cards: String = tranches
            .filter(|tranche| tranche.phase == *phase)
            .map(card)
            .collect();
        match cards.as_str() {
            "" => String::new(),
            _ => format!(
                "<section aria-labelledby=\"phase-{phase}\">\n\
                 <h2 id=\"phase-{phase}\">{title}</h2>\n<p>{about}</p>\n{cards}</section>\n"
            ),
        }
    });
    known.collect()
}

fn card(tranche: &PublicTranche) -> String {
    let name = markup(&tranche.name);
    let mut facts = vec![
        ("Size", size(tranche.bytes, tranche.files)),
        ("Holds", content(tranche)),
        ("Released from", tranche.opened.date()),
    ];
    let torrent = &tranche.torrent;
    facts.push(("Infohash v1", code(&torrent.infohash_v1.to_string())));
    facts.push(("Infohash v2", code(&torrent.infohash_v2.to_string())));
    let facts = facts
        .iter()
        .map(|(term, text)| format!("<dt>{term}</dt><dd>{text}</dd>\n"));
    let recovery = &tranche.recovery;
    format!(
        "<article class=\"tranche\" id=\"{name}\" aria-labelledby=\"{name}-title\">\n\
         <h3 id=\"{name}-title\">{name}</h3>\n<dl>\n{}</dl>\n\
         <ul class=\"links\">\n{}</ul>\n\
         <p>Recovery packs, which heal damage and losses: {}.</p>\n\
         <ul class=\"links\">\n{}</ul>\n</article>\n",
        facts.collect::<String>(),
        links(&tranche.name, torrent),
        size(recovery.bytes, recovery.files),
        links(&recovery.name, &recovery.torrent),
    )
}

fn links(name: &str, torrent: &PublicTorrent) -> String {
    let label = markup(name);
    format!(
        "<li><a href=\"{}\" aria-label=\"Torrent of {label}\">Torrent</a></li>\n\
         <li><a href=\"{}\" aria-label=\"Magnet link of {label}\">Magnet link</a></li>\n\
         <li><a href=\"{}/\" aria-label=\"Files of {label}\">Files</a></li>\n",
        percent(&torrent.file),
        markup(&torrent.magnet),
        percent(name),
    )
}

fn content(tranche: &PublicTranche) -> String {
    match tranche.phase.as_str() {
        "metadata" => "tables of the catalog".into(),
        "art" => counted(tranche.covers, "cover"),
        _ => {
            let recordings = counted(tranche.recordings, "recording");
            format!("{recordings}, {}", duration(tranche.duration_ms))
        }
    }
}

fn duration(ms: u64) -> String {
    let minutes = ms / 60_000;
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, minutes) => format!("{} h {minutes} min", grouped(hours)),
    }
}

fn counted(number: u64, what: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {what}{ending}", grouped(number))
}

fn size(bytes: u64, files: u64) -> String {
    format!(
        "{} ({} bytes) in {}",
        ByteSize(bytes),
        grouped(bytes),
        counted(files, "file")
    )
}

fn code(text: &str) -> String {
    format!("<code>{}</code>", markup(text))
}

fn rights(listing: &Listing) -> String {
    let mut items: BTreeMap<&RightsUri, u64> = BTreeMap::new();
    for count in listing.tranches.iter().flat_map(|tranche| &tranche.rights) {
        *items.entry(&count.uri).or_default() += count.items;
    }
    if items.is_empty() {
        return String::new();
    }
    let rows = items.iter().map(|(uri, items)| {
        format!(
            "<tr><th scope=\"row\"><a href=\"{}\" rel=\"license\">{}</a></th>\
             <td class=\"number\">{}</td></tr>\n",
            markup(uri.as_str()),
            markup(&uri.label()),
            grouped(*items)
        )
    });
    format!(
        "<h2 id=\"rights\">Rights</h2>\n<p>Every recording and every cover here carries a rights \
         statement that lets it be shared. The statement of each item, and what it rests on, is \
         in <a href=\"{MAP}\"><code>{MAP}</code></a> and in the index of its pack; follow it when \
         you use the item.</p>\n<table>\n<caption>Items by rights statement</caption>\n\
         <thead><tr><th scope=\"col\">Statement</th><th scope=\"col\" class=\"number\">Items</th>\
         </tr></thead>\n<tbody>\n{}</tbody>\n</table>\n",
        rows.collect::<String>()
    )
}

fn one_track(listing: &Listing) -> String {
    let Some(tranche) = listing.tranches.iter().find(|it| it.recordings > 0) else {
        return String::new();
    };
    let name = markup(&tranche.name);
    format!(
        "<h2 id=\"one\">Only one track?</h2>\n\
         <p>There is no need to fetch a whole pack. <a href=\"{MAP}\"><code>{MAP}</code></a> has a \
         line for each item: its tranche and pack, the <code>offset</code> of its first byte and \
         its <code>length</code>. With longplay, give a track id, an ISRC or a SHA-256, and the \
         address of this page:</p>\n\
         <pre><code>longplay get GBAYE6900531 --from https://…</code></pre>\n\
         <p>With any program that can ask for a range of bytes, from <code>offset</code> to \
         <code>offset + length − 1</code>:</p>\n\
         <pre><code>curl -r 1536-40959 -o track.opus {name}/data/packs/{name}-000000.tar</code></pre>\n"
    )
}

fn verify(listing: &Listing) -> String {
    let Some(tranche) = listing.tranches.first() else {
        return String::new();
    };
    let name = markup(&tranche.name);
    format!(
        "<h2 id=\"verify\">How to be sure of a copy</h2>\n\
         <p>A torrent client checks every piece as it arrives. Later, on any machine, in the \
         folder of a tranche:</p>\n\
         <pre><code>sha256sum --check --quiet manifest-sha256.txt</code></pre>\n\
         <p>Each tranche is a BagIt bag (RFC 8493) with a reader that needs Python and nothing \
         else; it lists, extracts, verifies, and repairs what its recovery packs can heal:</p>\n\
         <pre><code>python3 {name}/longplay_reader.py verify {name}\n\
         python3 {name}/longplay_reader.py repair {name}</code></pre>\n\
         <p><code>README.txt</code> beside it explains every format in plain words.</p>\n"
    )
}

fn programs() -> String {
    format!(
        "<h2 id=\"programs\">For programs</h2>\n<ul>\n\
         <li><a href=\"{MAP}\"><code>{MAP}</code></a>: every item with its place, digest and rights</li>\n\
         <li><a href=\"{LISTING}\"><code>{LISTING}</code></a>: every tranche with its infohashes</li>\n\
         <li><a href=\"{FEED}\"><code>{FEED}</code></a>: news of releases, for feed readers</li>\n\
         </ul>\n"
    )
}

fn footer(listing: &Listing) -> String {
    let contact = match &listing.contact {
        Some(contact) => format!("<p>Contact: {}</p>\n", markup(contact)),
        None => String::new(),
    };
    let updated = match listing.tranches.is_empty() {
        true => String::new(),
        false => format!("Last release: {}. ", listing.updated().date()),
    };
    format!("<footer>\n{contact}<p>{updated}Made by longplay.</p>\n</footer>\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_counted() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(grouped(number), text);
        }
        assert_eq!(counted(1, "cover"), "1 cover");
        assert_eq!(counted(2_000, "file"), "2,000 files");
        assert_eq!(duration(3_600_000 * 1_000 + 60_000), "1,000 h 1 min");
        assert_eq!(duration(59_999), "0 min");
    }

    #[test]
    fn an_archive_without_releases_has_a_page() {
        let page = page(&Listing::new("Village", None));
        assert!(page.contains("Nothing has been released yet"));
        assert!(!page.contains("id=\"rights\""));
    }
}
