//! Questions that many questions begin with, as tables of their own.

/// Name and text of each view.
pub(super) const VIEWS: [(&str, &str); 3] = [
    ("credits", CREDITS),
    ("release_credits", RELEASE_CREDITS),
    ("figures", FIGURES),
];

/// The artists of a track as they are printed: each name and what follows it.
const CREDITS: &str = r#"
    SELECT c.row, string_agg(coalesce(c.name, a.name) || c."join", '' ORDER BY c.place) AS credit
    FROM track_artists c JOIN artists a ON a.row = c.artist
    GROUP BY c.row"#;

/// The same of releases.
const RELEASE_CREDITS: &str = r#"
    SELECT c.row, string_agg(coalesce(c.name, a.name) || c."join", '' ORDER BY c.place) AS credit
    FROM release_artists c JOIN artists a ON a.row = c.artist
    GROUP BY c.row"#;

/// The figures of a track that count, where several sources give one: that
/// which is inherited or of the track's own source, otherwise the earliest.
const FIGURES: &str = "
    SELECT p.row,
        first_value(p.value ORDER BY (p.inherited OR p.source = t.source) DESC, p.source)
            FILTER (WHERE p.metric = 'popularity') AS popularity,
        first_value(p.value ORDER BY (p.inherited OR p.source = t.source) DESC, p.source)
            FILTER (WHERE p.metric = 'listens') AS listens
    FROM popularity p JOIN tracks t ON t.row = p.row
    WHERE p.kind = 'track' AND p.metric IN ('popularity', 'listens')
    GROUP BY p.row";
